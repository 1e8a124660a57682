"""`dq split`, in words and in JSON."""

from __future__ import annotations

from cli_lake import AT, DAY, Project


def test_split_tells_what_went_where(project: Project) -> None:
    project.bad()
    ran = project.dq("split", *AT, "--good", "clean", "--bad", "rejected")
    clean, rejected = project.root / "clean", project.root / "rejected"
    assert ran.code == 0
    assert ran.out == (
        f"7 rows: 0 good ones in {clean}, 7 bad ones in {rejected}\n             7  country-in_set\n"
    )
    assert ran.err == (
        "dq: table-row_count had no say: it judges the data as a whole; no row breaks it by itself\n"
    )
    assert (rejected / DAY / "a.parquet").is_file()


def test_the_document_and_the_refusal(project: Project) -> None:
    project.bad()
    words = ("split", "suites/orders.yml", *AT, "--good", "clean", "--bad", "rejected", "--json")
    said = project.dq(*words, "--only", "id-unique").json()
    assert (said["good_rows"], said["bad_rows"], said["result"]["status"]) == (7, 0, "fail")
    again = project.dq(*words)
    assert (again.code, "is there already" in again.error()["message"]) == (2, True)
