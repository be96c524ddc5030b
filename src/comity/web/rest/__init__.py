"""REST under `/api/v1`: what the command line does, under the same names, for programs and for a console.

One file per noun, as the command line's modules are. A route only translates: what may be done or seen is said by the
record itself (`service.authority`), and every route names the duty that it takes before it looks anything up.
"""
