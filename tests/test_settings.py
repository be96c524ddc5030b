from pathlib import Path

from comity.settings import read


def test_the_node_is_the_argument_else_the_environment_s_else_the_default() -> None:
    assert read({"COMITY_NODE": "/a"}, Path("/b")).node == Path("/b")
    assert read({"COMITY_NODE": "/a"}).node == Path("/a")
    assert read({"COMITY_NODE": ""}).node == Path("comity-node")
    assert read({}).node == Path("comity-node")
