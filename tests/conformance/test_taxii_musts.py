"""102 checks of a TAXII 2.1 server from outside, each by the id that it has in our list of what the standard asks.

A node is asked that keeps its record in its folder, and one that keeps it on PostgreSQL. The checks
were written against three servers; what each of these fails is in the list, too. Sections are those of the OASIS
standard of 10 June 2021.
"""

import itertools
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.conformance.taxii import BODY, MEDIA, ROOT, Api
from tests.founded import STORES
from tests.sending import Object, thing

pytestmark = pytest.mark.parametrize("keeper", STORES, indirect=True)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
FIRST, LAST = "X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"
OBJECTS = "collections/all/objects/"
MANIFEST = "collections/all/manifest/"


def new(version: int = 1, /, kind: str = "indicator", **members: object) -> Object:
    """An object that nobody has sent yet."""
    return thing(str(uuid4()), version, kind=kind, **members)


def again(one: Object, version: int) -> Object:
    return {**one, "modified": f"2025-01-{version:02}T00:00:00Z"}


def error(said: httpx2.Response, *codes: int) -> dict[str, Any]:
    """A TAXII error with one of these codes."""
    assert said.status_code in codes, said.text
    assert said.headers["content-type"] == MEDIA
    document: dict[str, Any] = said.json()
    assert document["title"]
    assert document.get("http_status", str(said.status_code)) == str(said.status_code)
    return document


def only(api: Api, *objects: Object, **params: str) -> list[Object]:
    """Those of these objects that are listed with these parameters, in their order."""
    wanted = {each["id"] for each in objects}
    listed = api.objects({"match[id]": ",".join(sorted(wanted)), **params})
    found: list[Object] = listed.get("objects", [])
    return found


def walk(api: Api, path: str, params: dict[str, Any], key: str = "objects") -> Iterator[httpx2.Response]:
    """Every page, by `next`."""
    more: dict[str, Any] = {}
    while True:
        said = api.get(path, {**params, **more})
        yield said
        document = said.json()
        if not document.get("more"):
            assert "next" not in document
            return
        assert document[key]
        more = {"next": document["next"]}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def three(api: Api) -> list[Object]:
    """Three objects, sent one after the other."""
    sent = [new(), new(kind="malware"), new()]
    for each in sent:
        api.add(each)
    return sent


@pytest.fixture(scope="module")
def versions(api: Api) -> list[Object]:
    """One object in three versions, sent together."""
    first = new()
    sent = [first, again(first, 2), again(first, 3)]
    api.add(*sent)
    return sent


# Discovery, content negotiation, authentication, the API root


def test_d1_discovery_answers(api: Api) -> None:
    assert api.get("/taxii2/").status_code == 200


def test_d2_it_has_a_title(api: Api) -> None:
    assert api.get("/taxii2/").json()["title"]


def test_d3_the_default_is_one_of_the_roots(api: Api) -> None:
    found = api.get("/taxii2/").json()
    assert found["default"] in found["api_roots"]


def test_d4_roots_are_whole_addresses_or_paths(api: Api) -> None:
    for root in api.get("/taxii2/").json()["api_roots"]:
        assert re.fullmatch(r"(https://[^/]+|)/[^/?][^?]*", root)


def test_d5_nothing_is_an_empty_list(api: Api) -> None:
    assert [] not in api.get("/taxii2/").json().values()


def test_n1_the_media_type_is_taxii_s(api: Api) -> None:
    assert api.get("/taxii2/").headers["content-type"] == MEDIA


def test_n2_a_type_without_version_is_the_newest(api: Api) -> None:
    for path in ("/taxii2/", "", OBJECTS):
        said = api.get(path, Accept="application/taxii+json")
        assert (said.status_code, said.headers["content-type"]) == (200, MEDIA)


def test_n3_a_browser_s_type_is_not_acceptable(api: Api) -> None:
    for path in ("/taxii2/", "", "collections/", OBJECTS):
        error(api.get(path, Accept="text/html"), 406)


def test_n4_an_older_version_is_not_acceptable(api: Api) -> None:
    error(api.get("/taxii2/", Accept="application/taxii+json;version=2.0"), 406)
    error(api.get("/taxii2/", Accept="application/vnd.oasis.taxii+json; version=2.0"), 406)


def test_n5_spaces_and_lists_with_weights_are_read(api: Api) -> None:
    for accept in ("application/taxii+json; version=2.1", f"text/html;q=0.9, {MEDIA};q=0.5", "*/*"):
        assert api.get("/taxii2/", Accept=accept).status_code == 200
    error(api.get("/taxii2/", Accept=f"{MEDIA};q=0, text/html"), 406)


def test_n6_a_version_to_come_is_not_acceptable(api: Api) -> None:
    error(api.get(OBJECTS, Accept="application/taxii+json;version=9.9"), 406)


def test_a1_nobody_is_asked_who_they_are(nobody: Api) -> None:
    for path in ("/taxii2/", "", "collections/", OBJECTS, MANIFEST, f"status/{uuid4()}/"):
        said = nobody.get(path)
        assert said.status_code == 401
        assert said.headers["www-authenticate"].startswith("Basic ")


def test_a2_a_wrong_password_lets_nobody_in(api: Api) -> None:
    for account, secret in ((api.account, "wrong"), ("nobody", api.secret)):
        assert Api(http=api.http, account=account, secret=secret).get("").status_code == 401


def test_a3_basic_credentials_let_in(api: Api) -> None:
    assert api.auth is not None
    assert api.get("").status_code == 200


def test_a4_whoever_is_not_let_in_is_told_so_in_taxii(nobody: Api) -> None:
    error(nobody.get(OBJECTS), 401)


def test_a5_nobody_stores_anything(nobody: Api, api: Api) -> None:
    one = new()
    error(nobody.post({"objects": [one]}), 401)
    assert only(api, one) == []


def test_r1_the_root_has_what_it_must(api: Api) -> None:
    assert {"title", "versions", "max_content_length"} <= api.get("").json().keys()


def test_r2_its_version_is_this_one(api: Api) -> None:
    assert MEDIA in api.get("").json()["versions"]


def test_r3_its_longest_content_is_a_number(api: Api) -> None:
    length = api.get("").json()["max_content_length"]
    assert type(length) is int
    assert length > 0


def _long(size: int) -> tuple[Object, bytes]:
    """An envelope of so many bytes."""
    one = new(description="")
    short = len(json.dumps({"objects": [one]}))
    one["description"] = "x" * (size - short)
    return one, json.dumps({"objects": [one]}).encode()


def test_r4_what_is_longer_is_refused(api: Api) -> None:
    """By what it says of itself, before it is sent: so that the answer is not lost on the way."""
    one, content = _long(BODY + 1)
    request = api.http.build_request("POST", f"{ROOT}{OBJECTS}", content=content, headers={"Content-Type": MEDIA})
    basic = b64encode(f"{api.account}:{api.secret}".encode()).decode()
    headers = {"Accept": MEDIA, "Authorization": f"Basic {basic}", **dict(request.headers)}
    link = HTTPConnection(request.url.host, request.url.port, timeout=60)
    with closing(link):
        link.putrequest("POST", request.url.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            link.putheader(name, value)
        link.endheaders()
        said = link.getresponse()
        assert (said.status, said.getheader("content-type")) == (413, MEDIA)
        assert json.loads(said.read())["title"]
    assert only(api, one) == []


def test_r5_what_is_just_not_longer_is_taken(api: Api) -> None:
    one, content = _long(BODY)
    assert len(content) == api.get("").json()["max_content_length"]
    assert api.post(content).status_code == 202
    assert len(only(api, one)) == 1


def test_r6_another_root_is_not_found(api: Api) -> None:
    for path in ("/taxii2/other/", "/taxii2/other/collections/", f"/taxii2/other/{OBJECTS}"):
        error(api.get(path), 404)


# Collections


def test_c1_each_has_what_it_must(api: Api) -> None:
    for each in api.get("collections/").json()["collections"]:
        assert each["id"]
        assert each["title"]
        assert type(each["can_read"]) is type(each["can_write"]) is bool


def test_c2_ids_are_uuids_of_version_4(api: Api) -> None:
    assert all(UUID4.fullmatch(each["id"]) for each in api.get("collections/").json()["collections"])


def test_c3_one_is_as_in_the_list(api: Api) -> None:
    for each in api.get("collections/").json()["collections"]:
        assert api.get(f"collections/{each['id']}/").json() == each
        if "alias" in each:
            assert api.get(f"collections/{each['alias']}/").json() == each


def test_c4_their_order_is_always_the_same(api: Api) -> None:
    assert len({api.get("collections/").text for _ in range(5)}) == 1


def test_c5_another_is_not_found(api: Api, france: Api) -> None:
    for name in (str(uuid4()), "nothing", france.collection("all")["id"]):
        for path in ("", "objects/", "manifest/", f"objects/{new()['id']}/"):
            error(api.get(f"collections/{name}/{path}"), 404)


def test_c6_media_types_are_texts(api: Api) -> None:
    for each in api.get("collections/").json()["collections"]:
        types = each.get("media_types", ["one"])
        assert types
        assert all(isinstance(one, str) for one in types)


def test_c7_an_alias_names_one(api: Api) -> None:
    aliases = [each["alias"] for each in api.get("collections/").json()["collections"] if "alias" in each]
    assert len(aliases) == len(set(aliases))


def test_c8_what_nobody_reads_is_not_read(api: Api) -> None:
    assert not api.collection("inbox")["can_read"]
    for path in ("objects/", "manifest/", f"objects/{new()['id']}/", f"objects/{new()['id']}/versions/"):
        error(api.get(f"collections/inbox/{path}"), 403, 404)


def test_c9_what_nobody_writes_to_is_not_written_to(api: Api) -> None:
    domain = api.collection("Domain: maritime")
    assert not domain["can_write"]
    one = new()
    error(api.post({"objects": [one]}, to=domain["id"]), 403, 404)
    assert only(api, one) == []


def test_c10_an_empty_collection_has_no_objects(api: Api) -> None:
    said = api.get(f"collections/{api.collection('Domain: maritime')['id']}/objects/")
    assert said.status_code == 200
    assert "objects" not in said.json()


def test_c11_nor_has_its_manifest(api: Api) -> None:
    said = api.get(f"collections/{api.collection('Domain: maritime')['id']}/manifest/")
    assert said.status_code == 200
    assert "objects" not in said.json()


# Objects


def test_o1_an_envelope_is_no_bundle(api: Api, three: list[Object]) -> None:
    assert three
    assert {"type", "id"}.isdisjoint(api.objects())


def test_o2_dates_stand_in_the_headers(api: Api, three: list[Object]) -> None:
    assert three
    for path in (OBJECTS, MANIFEST):
        headers = api.get(path).headers
        assert TIME.fullmatch(headers[FIRST])
        assert TIME.fullmatch(headers[LAST])


def test_o3_they_are_those_of_the_manifest(api: Api, three: list[Object]) -> None:
    assert three
    listed = api.objects(kind="manifest")["objects"]
    headers = api.get(OBJECTS).headers
    assert (headers[FIRST], headers[LAST]) == (listed[0]["date_added"], listed[-1]["date_added"])


def test_o4_objects_are_in_order_of_their_dates(api: Api, three: list[Object]) -> None:
    assert three
    dates = [each["date_added"] for each in api.objects(kind="manifest")["objects"]]
    assert dates == sorted(set(dates))


def test_o5_manifest_and_objects_list_the_same(api: Api, three: list[Object]) -> None:
    assert three
    assert api.ids() == api.ids(kind="manifest")


def test_o6_an_object_comes_back_as_it_was_sent(api: Api) -> None:
    one = new(labels=["é", "\u2028"], pattern="[ipv4-addr:value = '198.51.100.3']", x_number=1.50)
    content = json.dumps({"objects": [one]}, ensure_ascii=False, indent=3).encode()
    assert api.post(content).status_code == 202
    assert only(api, one) == [one]


def test_o7_a_custom_property_survives(api: Api) -> None:
    one = new(x_foo={"deep": [1, None, True]})
    api.add(one)
    assert only(api, one) == [one]


def test_o8_more_is_a_truth_value_and_no_list_is_empty(api: Api) -> None:
    for params in ({}, {"limit": 1}, {"match[type]": "tool"}):
        found = api.objects(params)
        assert type(found.get("more", False)) is bool
        assert [] not in found.values()


# Filters


def test_f1_by_type(api: Api, three: list[Object]) -> None:
    assert only(api, *three, **{"match[type]": "malware"}) == [three[1]]


def test_f2_a_comma_is_or(api: Api, three: list[Object]) -> None:
    assert only(api, *three, **{"match[type]": "malware,indicator"}) == three


def test_f3_two_fields_are_and(api: Api, three: list[Object]) -> None:
    assert only(api, three[0], three[1], **{"match[type]": "indicator"}) == [three[0]]


def test_f4_no_match_is_no_error(api: Api) -> None:
    for params in ({"match[type]": "tool"}, {"match[id]": new()["id"]}, {"match[type]": "x-not-known"}):
        assert "objects" not in api.objects(params)


def test_f5_the_last_version_if_nothing_is_said(api: Api, versions: list[Object]) -> None:
    assert only(api, versions[0]) == [versions[2]]


def test_f6_the_last_and_the_first(api: Api, versions: list[Object]) -> None:
    assert only(api, versions[0], **{"match[version]": "last"}) == [versions[2]]
    assert only(api, versions[0], **{"match[version]": "first"}) == [versions[0]]


def test_f7_all_versions(api: Api, versions: list[Object]) -> None:
    assert only(api, versions[0], **{"match[version]": "all"}) == versions


def test_f8_the_version_of_a_time(api: Api, versions: list[Object]) -> None:
    for text in ("2025-01-02T00:00:00Z", "2025-01-02T00:00:00.000Z", "2025-01-02T00:00:00.000000Z"):
        assert only(api, versions[0], **{"match[version]": text}) == [versions[1]]


def test_f9_several_versions_are_their_union(api: Api, versions: list[Object]) -> None:
    assert only(api, versions[0], **{"match[version]": "first,2025-01-02T00:00:00Z"}) == versions[:2]
    error(api.get(OBJECTS, {"match[version]": "all,first"}), 400)


def test_f10_the_version_of_a_marking_is_its_creation(api: Api) -> None:
    statement = {"definition_type": "statement", "definition": {"statement": "Copyright"}}
    one = new(kind="marking-definition", **statement)
    api.add(one)
    assert only(api, one, **{"match[version]": one["created"]}) == [one]
    (entry,) = api.objects({"match[id]": one["id"]}, kind="manifest")["objects"]
    assert moment(entry["version"]) == moment(one["created"])


def test_f11_by_the_version_of_stix(api: Api, three: list[Object]) -> None:
    assert only(api, *three, **{"match[spec_version]": "2.1"}) == three
    assert only(api, *three, **{"match[spec_version]": "2.0"}) == []
    assert only(api, *three, **{"match[spec_version]": "2.0,2.1"}) == three


def test_f12_added_after_is_strict(api: Api) -> None:
    one = new()
    api.add(one)
    last = api.get(OBJECTS).headers[LAST]
    assert one["id"] not in api.ids({"added_after": last})


def test_f13_added_after_parts_the_list_exactly(api: Api, three: list[Object]) -> None:
    assert three
    listed = api.objects(kind="manifest")["objects"]
    for place, each in enumerate(listed):
        assert api.ids({"added_after": each["date_added"]}) == [one["id"] for one in listed[place + 1 :]]


def test_f14_added_after_is_of_the_date_added(api: Api) -> None:
    last = api.get(OBJECTS).headers[LAST]
    old = {**new(), "created": "1999-01-01T00:00:00Z", "modified": "1999-01-01T00:00:00Z"}
    api.add(old)
    assert api.ids({"added_after": last}) == [old["id"]]


def test_f15_no_time_is_an_error(api: Api) -> None:
    for text in ("yesterday", "2025-13-01T00:00:00Z", "2025-01-01", ""):
        error(api.get(OBJECTS, {"added_after": text}), 400)
    error(api.get(OBJECTS, {"match[version]": "yesterday"}), 400)


def test_f16_no_limit_is_an_error(api: Api) -> None:
    for text in ("0", "-1", "abc", "1.5", "", "٣"):
        error(api.get(OBJECTS, {"limit": text}), 400)


def test_f17_brackets_may_be_encoded(api: Api, three: list[Object]) -> None:
    for text in ("match[type]=malware", "match%5Btype%5D=malware"):
        said = api.get(f"{OBJECTS}?{text}&match[id]={three[1]['id']},{three[0]['id']}")
        assert [each["id"] for each in said.json()["objects"]] == [three[1]["id"]]


@pytest.mark.parametrize(
    "params",
    [
        {"match[type]": "malware"},
        {"match[version]": "all"},
        {"match[version]": "first"},
        {"match[spec_version]": "2.0"},
        {"limit": 3},
        {"match[type]": "indicator", "limit": 2},
    ],
)
def test_f18_the_manifest_is_filtered_alike(
    api: Api, three: list[Object], versions: list[Object], params: dict[str, Any]
) -> None:
    assert three
    assert versions
    assert api.ids(params) == api.ids(params, kind="manifest")


# Pages


def test_p1_a_limit_is_kept_and_what_is_left_is_said(api: Api, three: list[Object]) -> None:
    ids = ",".join(each["id"] for each in three)
    for limit, more in ((1, True), (2, True), (3, False), (4, False)):
        found = api.objects({"match[id]": ids, "limit": limit})
        assert (len(found["objects"]), found.get("more", False)) == (min(limit, 3), more)


def test_p2_next_walks_through_all_once(api: Api, three: list[Object]) -> None:
    assert three
    found = [each["id"] for said in walk(api, OBJECTS, {"limit": 2}) for each in said.json()["objects"]]
    assert found == api.ids()


def test_p3_so_does_the_manifest(api: Api, three: list[Object]) -> None:
    assert three
    found = [each["id"] for said in walk(api, MANIFEST, {"limit": 2}) for each in said.json()["objects"]]
    assert found == api.ids()


def test_p4_and_the_versions_of_one_object(api: Api, versions: list[Object]) -> None:
    path = f"{OBJECTS}{versions[0]['id']}/versions/"
    found = [each for said in walk(api, path, {"limit": 1}, "versions") for each in said.json()["versions"]]
    assert found == [each["modified"] for each in versions]
    by_date: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while more := (said := api.get(path, params)).json().get("versions"):
        by_date += more
        params["added_after"] = said.headers[LAST]
    assert by_date == found


def test_p5_the_last_page_says_so(api: Api, three: list[Object]) -> None:
    *_, last = walk(api, OBJECTS, {"limit": 2, "match[id]": ",".join(each["id"] for each in three)})
    assert not last.json().get("more", False)
    assert "next" not in last.json()


def test_p6_dates_go_on_from_page_to_page(api: Api, three: list[Object]) -> None:
    assert three
    dates = [(said.headers[FIRST], said.headers[LAST]) for said in walk(api, OBJECTS, {"limit": 2})]
    assert all(first <= last for first, last in dates)
    assert all(last < first for (_, last), (first, _) in itertools.pairwise(dates))


def test_p7_the_last_date_is_as_good_as_next(api: Api, three: list[Object], versions: list[Object]) -> None:
    """Also for what was sent together: no two objects share a date."""
    assert three
    assert versions
    found: list[str] = []
    params: dict[str, Any] = {"limit": 1, "match[version]": "all"}
    while objects := (said := api.get(OBJECTS, params)).json().get("objects"):
        found += [each["id"] for each in objects]
        params["added_after"] = said.headers[LAST]
    assert found == api.ids({"match[version]": "all"})


def test_p8_what_is_no_cursor_is_an_error(api: Api, france: Api, three: list[Object]) -> None:
    assert three
    france.add(new(), new())
    foreign = france.objects({"limit": 1})["next"]
    other = api.objects({"limit": 1, "match[type]": "indicator"})["next"]
    mine = api.objects({"limit": 1})["next"]
    forged = [mine[:-2] + ("AA" if mine[-2:] != "AA" else "BB"), mine[::-1], f"{mine}AA", mine[:8]]
    for text in ("garbage", "1", "", "é", foreign, other, *forged):
        error(api.get(OBJECTS, {"limit": 1, "next": text}), 400)
    assert api.get(OBJECTS, {"limit": 1, "next": mine}).status_code == 200
    error(api.get(MANIFEST, {"limit": 1, "next": mine}), 400)


def test_p9_next_survives_what_is_added_meanwhile(api: Api, three: list[Object]) -> None:
    assert three
    before = api.ids()
    found: list[str] = []
    added: list[Object] = []
    for said in walk(api, OBJECTS, {"limit": max(1, len(before) // 4)}):  # four pages at least, whoever came before
        found += [each["id"] for each in said.json()["objects"]]
        if len(added) < 4:
            added.append(new())
            api.add(added[-1])
    assert found == before + [each["id"] for each in added]


def test_p10_a_limit_that_is_larger_than_ours_is_no_error(api: Api) -> None:
    for limit in (10_000, 10**17):
        assert api.get(OBJECTS, {"limit": limit}).status_code == 200


# Adding


def test_w1_what_is_added_is_answered_with_its_status(api: Api) -> None:
    said = api.post({"objects": [new()]})
    assert (said.status_code, said.headers["content-type"]) == (202, MEDIA)


def test_w2_a_status_has_what_it_must(api: Api) -> None:
    found = api.add(new())
    assert {"id", "status", "total_count", "success_count", "failure_count", "pending_count"} <= found.keys()


def test_w3_its_counts_add_up(api: Api) -> None:
    found = api.add(new(), new(), {"type": "indicator"})
    assert found["status"] == "complete"
    assert found["pending_count"] == 0
    counts = [found[f"{kind}_count"] for kind in ("success", "failure", "pending", "total")]
    assert counts == [2, 1, 0, 3]


def test_w4_its_id_is_random_and_its_time_exact(api: Api) -> None:
    found = api.add(new())
    assert UUID4.fullmatch(found["id"])
    assert TIME.fullmatch(found["request_timestamp"])


def test_w5_it_can_be_asked_for_again(api: Api) -> None:
    found = api.add(new())
    said = api.get(f"status/{found['id']}/")
    assert (said.status_code, said.json()) == (200, found)


def test_w6_another_s_is_not_found(api: Api, france: Api) -> None:
    for name in (str(uuid4()), france.add(new())["id"], "nothing", "%00"):
        error(api.get(f"status/{name}/"), 404)


def test_w7_another_media_type_is_not_read(api: Api) -> None:
    one = new()
    for media in ("application/json", "application/stix+json;version=2.1", "application/taxii+json;version=2.0"):
        error(api.post({"objects": [one]}, **{"Content-Type": media}), 415)
    assert only(api, one) == []


def test_w8_what_is_no_json_is_an_error(api: Api) -> None:
    for content in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"objects": [{}]} x'):
        error(api.post(content), 400, 422)


def test_w9_what_is_no_envelope_is_an_error(api: Api) -> None:
    one = new()
    bundle = {"type": "bundle", "id": f"bundle--{uuid4()}", "objects": [one]}
    wrong: tuple[object, ...] = (one, bundle, [one], {}, {"objects": []}, {"objects": one}, "text", 1, None)
    for content in wrong:
        error(api.post(content), 400, 422)
    assert only(api, one) == []


def test_w10_the_same_again_is_no_error_and_no_other(api: Api) -> None:
    one = new()
    for _ in range(2):
        assert api.add(one)["success_count"] == 1
    assert only(api, one, **{"match[version]": "all"}) == [one]


def test_w11_and_moves_no_date(api: Api) -> None:
    one = new()
    api.add(one)
    before = api.objects({"match[id]": one["id"]}, kind="manifest")
    api.add(one)
    assert api.objects({"match[id]": one["id"]}, kind="manifest") == before


def test_w12_an_older_version_is_not_the_last(api: Api) -> None:
    one = new()
    newer = again(one, 9)
    api.add(newer)
    api.add(one)
    assert only(api, one) == [newer]
    assert only(api, one, **{"match[version]": "first"}) == [one]


def test_w13_a_bad_object_is_told_and_the_good_one_kept(api: Api) -> None:
    good, bad = new(), new(revoked="perhaps")
    found = api.add(bad, good)
    assert [each["id"] for each in found["failures"]] == [bad["id"]]
    assert [each["id"] for each in found["successes"]] == [good["id"]]
    assert found["failures"][0]["message"]
    assert only(api, good, bad) == [good]


def test_w14_an_unknown_property_is_passed_by(api: Api) -> None:
    one = new()
    said = api.post({"x_more": {"deep": []}, "objects": [one]})
    assert said.status_code in (202, 422)
    if said.status_code == 202:
        assert said.json()["success_count"] == said.json()["total_count"] == 1


# Manifest, one object, its versions, deletion


def test_m1_an_entry_has_what_it_must(api: Api, three: list[Object]) -> None:
    assert three
    for each in api.objects(kind="manifest")["objects"]:
        assert {"id", "date_added", "version"} <= each.keys()


def test_m2_dates_have_microseconds(api: Api, three: list[Object]) -> None:
    assert three
    assert all(TIME.fullmatch(each["date_added"]) for each in api.objects(kind="manifest")["objects"])


def test_m3_the_version_is_when_it_was_modified(api: Api, versions: list[Object]) -> None:
    listed = api.objects({"match[id]": versions[0]["id"], "match[version]": "all"}, kind="manifest")["objects"]
    assert [moment(each["version"]) for each in listed] == [moment(each["modified"]) for each in versions]


def test_m4_media_types_are_the_collection_s(api: Api, three: list[Object]) -> None:
    assert three
    types = api.collection("all")["media_types"]
    assert all(each["media_type"] in types for each in api.objects(kind="manifest")["objects"] if "media_type" in each)


def test_g1_one_object_is_given_alone(api: Api, versions: list[Object]) -> None:
    said = api.get(f"{OBJECTS}{versions[0]['id']}/")
    assert (said.status_code, said.json()["objects"]) == (200, [versions[2]])


def test_g2_another_is_not_found(api: Api) -> None:
    for name in (new()["id"], "nothing", "indicator--1", "%00"):
        error(api.get(f"{OBJECTS}{name}/"), 404)


def test_g3_its_versions_can_be_asked_for(api: Api, versions: list[Object]) -> None:
    for wanted, found in (("all", versions), ("first", versions[:1]), ("2025-01-02T00:00:00Z", versions[1:2])):
        said = api.get(f"{OBJECTS}{versions[0]['id']}/", {"match[version]": wanted})
        assert said.json()["objects"] == found


def test_g4_it_has_dates_in_its_headers(api: Api, versions: list[Object]) -> None:
    headers = api.get(f"{OBJECTS}{versions[0]['id']}/").headers
    assert TIME.fullmatch(headers[FIRST])
    assert headers[FIRST] == headers[LAST]


def test_v1_every_version_is_listed(api: Api, versions: list[Object]) -> None:
    said = api.get(f"{OBJECTS}{versions[0]['id']}/versions/")
    assert said.json()["versions"] == [each["modified"] for each in versions]


def test_v2_in_order_of_their_dates(api: Api) -> None:
    one = new(5)
    for each in (one, again(one, 2), again(one, 9)):
        api.add(each)
    listed = api.get(f"{OBJECTS}{one['id']}/versions/").json()["versions"]
    assert listed == [f"2025-01-0{day}T00:00:00Z" for day in (5, 2, 9)]


def test_v3_of_another_there_are_none(api: Api) -> None:
    error(api.get(f"{OBJECTS}{new()['id']}/versions/"), 404)


def test_v4_they_have_dates_in_their_headers(api: Api, versions: list[Object]) -> None:
    headers = api.get(f"{OBJECTS}{versions[0]['id']}/versions/").headers
    dates = [
        each["date_added"]
        for each in api.objects({"match[id]": versions[0]["id"], "match[version]": "all"}, kind="manifest")["objects"]
    ]
    assert [headers[FIRST], headers[LAST]] == [dates[0], dates[-1]]


def test_x1_one_version_is_deleted_alone(api: Api) -> None:
    one = new()
    api.add(one, again(one, 2), again(one, 3))
    path = f"{OBJECTS}{one['id']}/"
    assert api.ask("DELETE", path, params={"match[version]": "2025-01-02T00:00:00Z"}).status_code == 200
    assert only(api, one, **{"match[version]": "all"}) == [one, again(one, 3)]


def test_x2_all_versions_are_gone_everywhere(api: Api) -> None:
    one = new()
    api.add(one, again(one, 2))
    path = f"{OBJECTS}{one['id']}/"
    assert api.ask("DELETE", path, params={"match[version]": "all"}).status_code == 200
    assert only(api, one, **{"match[version]": "all"}) == []
    assert one["id"] not in api.ids(kind="manifest")
    for gone in (path, f"{path}versions/"):
        error(api.get(gone), 404)


def test_x3_what_is_not_there_is_not_found(api: Api, france: Api) -> None:
    other = new()
    france.add(other)
    for name in (new()["id"], other["id"], "nothing"):
        error(api.ask("DELETE", f"{OBJECTS}{name}/"), 404)
    assert only(france, other) == [other]


def test_x4_nobody_deletes_anything(nobody: Api, api: Api) -> None:
    one = new()
    api.add(one)
    error(nobody.ask("DELETE", f"{OBJECTS}{one['id']}/"), 401)
    assert only(api, one) == [one]


# HTTP


def test_h1_another_method_is_refused(api: Api) -> None:
    for method, path in (("PUT", "collections/"), ("POST", "collections/"), ("DELETE", ""), ("PATCH", OBJECTS)):
        error(api.ask(method, path), 404, 405)


def test_h2_every_error_is_taxii_s(api: Api, nobody: Api) -> None:
    seen = [
        nobody.get(""),
        api.get("collections/inbox/objects/"),
        api.get(f"{OBJECTS}none/"),
        api.get("nothing/"),
        api.get("/taxii2/nothing"),
        api.get(OBJECTS, {"limit": 0}),
        api.get(OBJECTS, Accept="text/html"),
        api.post(b"{"),
        api.post({}, **{"Content-Type": "text/plain"}),
        api.ask("PUT", OBJECTS),
        api.ask("DELETE", f"collections/inbox/objects/{new()['id']}/"),
    ]
    assert {400, 401, 403, 404, 405, 406, 415} == {error(said, said.status_code) and said.status_code for said in seen}


def test_h3_an_error_states_its_own_code_as_text(api: Api) -> None:
    assert error(api.get(f"{ROOT}nothing/"), 404)["http_status"] == "404"
