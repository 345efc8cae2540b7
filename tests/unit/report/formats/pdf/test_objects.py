from __future__ import annotations

import io
import zlib

import pytest
from pypdf import PdfReader

from prevalence.errors import OutputError
from prevalence.report.formats.pdf.objects import field, link, linked, source
from prevalence.report.formats.pdf.setting import in_parts
from prevalence.report.formats.pdf.writer import PACK, Writer


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<</P 2 0 R/K[3 0 R 40 0 R]>>", b"<</P 102 0 R/K[103 0 R 140 0 R]>>"),
        (b"<</T(see 2 0 R)/P 2 0 R>>", b"<</T(see 2 0 R)/P 102 0 R>>"),
        (rb"<</T(a \) 2 0 R (b) 3 0 R)/P 2 0 R>>", rb"<</T(a \) 2 0 R (b) 3 0 R)/P 102 0 R>>"),
        (rb"<</T(ends with \\)/P 2 0 R>>", rb"<</T(ends with \\)/P 102 0 R>>"),
        (
            b"<</StructParents 3/T(/StructParents 3)/StructParent 0>>",
            b"<</StructParents 13/T(/StructParents 3)/StructParent 10>>",
        ),
        (b"<</Length 5 0 R>>\nstream\n2 0 R (\nendstream", b"<</Length 105 0 R>>\nstream\n2 0 R (\nendstream"),
        (b"[/XYZ 2 0 0]", b"[/XYZ 2 0 0]"),
    ],
)
def test_links_are_numbered_anew_and_texts_and_streams_stay(body: bytes, expected: bytes) -> None:
    assert linked(body, lambda number: number + 100, shift=10) == expected


def test_fields_and_links() -> None:
    assert field(b"<</Kids[1 0 R]/N 2>>", b"/Kids[", b"]") == b"1 0 R"
    assert field(b"<</N 2>>", b"/Kids[", b"]") == b""
    assert link(b"<</Pages 12 0 R>>", b"/Pages ") == 12
    assert link(b"<<>>", b"/Pages ") == 0


@pytest.mark.parametrize(
    "pdf", [b"", b"%PDF-1.7\n", b"%PDF-1.7\ntrailer\n<</Size 2/Root 1 0 R/Info 2 0 R>>\nstartxref\n0\n%%EOF"]
)
def test_a_file_of_another_build_is_one_clear_error(pdf: bytes) -> None:
    with pytest.raises(OutputError, match="Install the version of typst"):
        source(pdf)


def test_what_is_packed_is_read_again_by_others() -> None:
    file = Writer()
    root, tree, info, page, content = (file.reserve() for _ in range(5))
    many = [file.reserve() for _ in range(PACK + 7)]
    file.put(root, b"<</Type/Catalog/Pages %d 0 R>>" % tree)
    file.put(tree, b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % page)
    text = zlib.compress(b"0 0 1 rg")
    file.put(content, b"<</Length %d/Filter/FlateDecode>>\nstream\n%b\nendstream" % (len(text), text))
    file.put(page, b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 9 9]/Contents %d 0 R>>" % (tree, content))
    for number in many:
        file.put(number, b"(%d)" % number)
    file.put(info, b"<</Title(Packed)/More[%b]>>" % b" ".join(b"%d 0 R" % number for number in many))
    reader = PdfReader(io.BytesIO(file.close(root, info)), strict=True)
    assert reader.metadata.title == "Packed"
    assert [int(item.get_object()) for item in reader.metadata["/More"]] == many
    assert reader.pages[0].get_contents().get_data().strip() == b"0 0 1 rg"


def test_a_part_is_cut_only_where_one_may_begin() -> None:
    assert in_parts([], []) == [slice(0, 0)]
    assert in_parts([5000, 5000, 5000], [True, False, True]) == [slice(0, 2), slice(2, 3)]
