"""Columns as arrays: the one rule for missing values, the checks of columns, and casting.

Null and NaN mean the same: no answer. Whatever frame narwhals can read goes in, numpy arrays come out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from sys import byteorder
from typing import Any, cast

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from prevalence.errors import ColumnError, counted, listed, suggestion
from prevalence.totals import occurring

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

MISSING_CODE = -1

NARROW = 8
"""Texts of up to so many bytes are read as whole numbers if all are as long."""

PLACES_PER_ROW = 4
"""Whole numbers that span up to this many places a row are counted into a table; beyond it a hash table is smaller."""


def as_frame(data: Any) -> Frame:
    """Return `data` as a narwhals frame.

    Raises
    ------
    ColumnError
        If `data` is no frame that narwhals reads, or if two columns have the same name.
    """
    try:
        return cast(Frame, nw.from_native(data))
    except TypeError as error:
        raise ColumnError(
            f"data must be a data frame (pandas, Polars, PyArrow, DuckDB, ...); found {type(data).__name__}."
        ) from error
    except Exception as error:
        if "unique" not in str(error).lower() and "duplicate" not in str(error).lower():
            raise
        raise ColumnError(f"Column names must be unique; rename the repeated ones. {error}") from error


def column_names(data: Any) -> tuple[str, ...]:
    """Return the names of the columns of any frame, lazy or not."""
    frame = as_frame(data)
    # The schema of a pandas frame looks into the rows of its text columns.
    return tuple(frame.columns if isinstance(frame, nw.DataFrame) else frame.collect_schema().names())


def require_columns(data: Any, names: Iterable[str]) -> None:
    """Raise `ColumnError` with a suggestion for each of `names` that is not in `data`."""
    present = column_names(data)
    absent = [name for name in dict.fromkeys(names) if name not in present]
    if absent:
        first = f"column {absent[0]!r} is not in the data.{suggestion(absent[0], present)}"
        others = f" Also absent: {listed(absent[1:], limit=8)}." if absent[1:] else ""
        raise ColumnError(first + others)


def collect(data: Any, names: Iterable[str]) -> nw.DataFrame[Any]:
    """Return the named columns as an eager frame; a lazy frame computes these columns alone."""
    wanted = list(dict.fromkeys(names))
    require_columns(data, wanted)
    selected = as_frame(data).select(wanted)
    return computed(selected) if isinstance(selected, nw.LazyFrame) else selected


def with_columns(frame: Frame, columns: Mapping[str, nw.Expr | nw.Series[Any]]) -> Frame:
    """Return the frame with new columns, or others in the place of those of the same names.

    pandas gets them as one block: of a frame made of more than a hundred single columns it warns whoever assigns one more.
    """
    whole = frame.with_columns(**columns)
    if not (isinstance(frame, nw.DataFrame) and frame.implementation.is_pandas()):
        return whole
    import pandas as pd

    parts = [frame.drop(*columns, strict=False).to_native(), whole.to_native()[list(columns)].copy()]
    grown: pd.DataFrame = pd.concat(parts, axis="columns")
    return as_frame(grown if list(grown.columns) == whole.columns else grown[whole.columns])


def with_arrays(frame: nw.DataFrame[Any], arrays: Mapping[str, npt.NDArray[Any]]) -> nw.DataFrame[Any]:
    """Return the frame with new columns, one value a row in its order: numbers, or texts with None."""
    made: dict[str, nw.Expr | nw.Series[Any]] = {}
    for name, values in arrays.items():
        text = values.dtype == object
        given, dtype = (values.tolist(), nw.String()) if text else (values, None)
        made[name] = nw.new_series(name, given, dtype, backend=frame.implementation)
    return cast("nw.DataFrame[Any]", with_columns(frame, made))


def computed(frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    """Return a lazy frame's rows; Polars makes them in batches, so that only the result must fit in memory."""
    return frame.collect(engine="streaming") if frame.implementation.is_polars() else frame.collect()


def numbers(frame: nw.DataFrame[Any], name: str) -> Floats:
    """Return a column as float64 in which every missing value is NaN.

    Raises
    ------
    ColumnError
        If the column holds text that is not a number.
    """
    series = frame.get_column(name)
    if series.dtype.is_numeric() or series.dtype == nw.Boolean:
        if series.dtype == nw.Boolean:
            series = series.cast(nw.Float64)
        values = series.to_numpy()
        if values.dtype.kind in "iuf":
            return values.astype(np.float64, copy=False)
        return np.array([np.nan if _is_missing(value) else float(value) for value in values], dtype=np.float64)
    return _numbers_from_objects(name, series)


def _numbers_from_objects(name: str, series: nw.Series[Any]) -> Floats:
    import pandas as pd

    raw = pd.Series(series.to_list(), dtype=object)
    given = raw.notna()
    converted = pd.to_numeric(raw, errors="coerce")
    broken = raw[given & converted.isna()]
    if len(broken):
        raise ColumnError(
            f"column {name!r} must hold numbers; {counted(len(broken), 'value')} cannot be read as one, "
            f"for example {listed(broken.unique())}. Recode them, or declare them as missing codes in the profile."
        )
    return converted.to_numpy(dtype=np.float64)


def indicator(frame: nw.DataFrame[Any], name: str) -> Floats:
    """Return a column of 0, 1 and NaN.

    Raises
    ------
    ColumnError
        If it holds anything else.
    """
    values = numbers(frame, name)
    wrong = ~(np.isnan(values) | (values == 0) | (values == 1))
    if wrong.any():
        raise not_an_indicator(name, np.unique(values[wrong]), int(wrong.sum()))
    return values


def not_an_indicator(name: str, found: Floats, rows: int) -> ColumnError:
    """Return the error that `rows` rows of an indicator hold the distinct values `found`."""
    return ColumnError(
        f"indicator {name!r} must be 0, 1 or missing; {counted(rows, 'row')} hold other values, "
        f"for example {listed(plain(v) for v in found)}. Recode it (yes = 1, no = 0, unknown = missing), "
        "or use pv.mean for a measured variable."
    )


def not_finite(name: str, rows: int) -> ColumnError:
    """Return the error that `rows` rows of a measured variable are infinite."""
    return ColumnError(
        f"column {name!r} must hold finite numbers; {counted(rows, 'row')} hold an infinite one. "
        "Correct them, or make them missing."
    )


def levels_of(frame: nw.DataFrame[Any], name: str, known: Mapping[Any, str] | None = None) -> tuple[Codes, tuple[Any, ...]]:
    """Return integer codes of a categorical column and the levels they stand for.

    Parameters
    ----------
    frame : eager narwhals frame
    name : str
        The column.
    known : mapping of level to label, optional
        Levels in display order (a codebook's). They come first, whether they occur or not; others follow, sorted.

    Returns
    -------
    codes : int64 array, one a row
        Position in `levels`; -1 where the value is missing.
    levels : tuple
        Levels as plain Python values; whole floats appear as integers, whatever the engine made of them.
    """
    codes, found = _factorise(frame.get_column(name))
    counted_up = not known and all(type(value) is int for value in found) and found == sorted(found)
    levels = found if counted_up else in_order(found, known or ())
    if levels == found:
        return codes, tuple(levels)
    position = {level: index for index, level in enumerate(levels)}
    lookup = np.array([*(position[value] for value in found), MISSING_CODE], dtype=np.int64)
    return lookup[codes], tuple(levels)


def in_order(levels: Iterable[Any], known: Iterable[Any]) -> list[Any]:
    """Return the `known` levels, whether they occur or not, and the others sorted."""
    first = dict.fromkeys(known)
    return [*first, *sorted((level for level in dict.fromkeys(levels) if level not in first), key=_order_of)]


def labels_of(levels: Sequence[Any], texts: Mapping[Any, str]) -> tuple[str, ...]:
    """Return the labels of levels; where a codebook gives one to several, the level stands behind it, for labels tell rows apart."""
    found = [texts.get(level, str(level)) for level in levels]
    times = Counter(found)
    return tuple(f"{text} ({level!r})" if times[text] > 1 else text for text, level in zip(found, levels, strict=True))


def codes_of(frame: nw.DataFrame[Any], name: str) -> Codes:
    """Return integer codes from 0 that tell the values of a column without missing values apart, in no promised order."""
    series = frame.get_column(name)
    counted_out = _whole_numbers(series)
    return _encoded(series)[0] if counted_out is None else counted_out[0]


def _factorise(series: nw.Series[Any]) -> tuple[Codes, list[Any]]:
    """Return codes (-1 = missing) and the distinct values they stand for."""
    counted_out = _whole_numbers(series)
    if counted_out is not None:
        return counted_out
    codes, distinct = _encoded(series)
    values = [plain(value) for value in (distinct if series.implementation.is_pandas_like() else distinct.to_pylist())]
    return _merge_missing(codes, values)


def _whole_numbers(series: nw.Series[Any]) -> tuple[Codes, list[Any]] | None:
    """Return codes and values, ascending, of whole numbers that lie close together, which need no hash table; None for other columns."""
    if not series.dtype.is_integer() or not len(series) or not (holds_all(series) or series.null_count() == 0):
        return None
    values = series.to_numpy()
    if values.dtype.kind not in "iu":
        return None
    low, high = int(values.min()), int(values.max())
    if high - low > PLACES_PER_ROW * len(values) + 1024 or high > np.iinfo(np.int64).max:
        return None
    offset = values.astype(np.int64, copy=False) - low if low else values.astype(np.int64, copy=False)
    present, codes = occurring(offset, high - low + 1)
    return codes, (present + low).tolist()


def _encoded(series: nw.Series[Any]) -> tuple[Codes, Any]:
    """Return codes in order of appearance (-1 = null) and the distinct values as pandas or Arrow holds them."""
    import pyarrow as pa

    if series.implementation.is_pandas_like():
        import pandas as pd

        native = series.to_native()
        if isinstance(native.dtype, pd.CategoricalDtype):
            return _used_categories(np.asarray(native.cat.codes), native.cat.categories)
        texts = isinstance(native.dtype, pd.StringDtype) and native.dtype.storage == "pyarrow"
        if texts and (narrow := _of_narrow_texts(_in_one_piece(pa.array(native.array)))) is not None:
            return narrow
        codes, distinct = pd.factorize(native, use_na_sentinel=True)
        return np.asarray(codes, dtype=np.int64), distinct
    encoded = _in_one_piece(series.to_arrow())
    given = hasattr(encoded, "dictionary") or hasattr(encoded.type, "index_type")
    if not given:
        if (narrow := _of_narrow_texts(encoded)) is not None:
            return narrow[0], pa.array(narrow[1])
        encoded = encoded.dictionary_encode()
    if encoded.__class__.__name__ == "ChunkedArray":
        encoded = encoded.unify_dictionaries().combine_chunks()
    # The indices of a categorical may be unsigned and could not hold the code of missing.
    indices = encoded.indices.cast("int64")
    codes = (indices.fill_null(MISSING_CODE) if indices.null_count else indices).to_numpy(zero_copy_only=False)
    # A dictionary that came with the data may hold values of rows that are gone: as strata or units these would count.
    return _used_categories(codes, encoded.dictionary) if given else (codes, encoded.dictionary)


def _in_one_piece(array: Any) -> Any:
    return array.combine_chunks() if hasattr(array, "combine_chunks") else array


def _of_narrow_texts(texts: Any) -> tuple[Codes, list[str]] | None:
    """Return codes and distinct values of Arrow texts of one width of up to eight bytes, such as codes of areas; None for others.

    Read as whole numbers they are told apart several times faster.
    """
    import pyarrow as pa

    wide = pa.types.is_large_string(texts.type)
    if not (wide or pa.types.is_string(texts.type)) or not len(texts) or texts.null_count:
        return None
    _, offsets, content = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64 if wide else np.int32)[texts.offset : texts.offset + len(texts) + 1]
    width = int(ends[1] - ends[0])
    if not 1 <= width <= NARROW or (np.diff(ends) != width).any():
        return None
    letters = np.frombuffer(content, dtype=np.uint8)[ends[0] : ends[-1]]
    size = 1 << (width - 1).bit_length()
    if size > width:
        padded = np.zeros((len(texts), size), dtype=np.uint8)
        padded[:, :width] = letters.reshape(-1, width)
        letters = padded.ravel()
    encoded = pa.array(letters.view(f"u{size}")).dictionary_encode()
    values = [number.to_bytes(size, byteorder)[:width].decode() for number in encoded.dictionary.to_pylist()]
    return encoded.indices.cast("int64").to_numpy(zero_copy_only=False), values


def _used_categories(codes: npt.NDArray[np.signedinteger], categories: Any) -> tuple[Codes, Any]:
    """Return the codes (-1 = missing) among the categories that occur, and these."""
    places = codes.astype(np.int64, copy=False)
    if codes.min(initial=0) != MISSING_CODE:
        found, place = occurring(places, len(categories))
        return place, categories.take(found)
    found, place = occurring(places + 1, len(categories) + 1)
    return place - 1, categories.take(found[1:] - 1)


def _merge_missing(codes: Codes, values: list[Any]) -> tuple[Codes, list[Any]]:
    """Give NaN, which Arrow keeps as a value, the code of missing."""
    missing = [index for index, value in enumerate(values) if _is_missing(value)]
    if not missing:
        return codes, values
    kept = [index for index in range(len(values)) if index not in missing]
    lookup = np.full(len(values) + 1, MISSING_CODE, dtype=np.int64)
    lookup[kept] = np.arange(len(kept))
    return lookup[codes], [values[index] for index in kept]


def holds_all(series: nw.Series[Any]) -> bool:
    """Return whether the column can hold no missing value, without a look at its rows: pandas' plain whole numbers."""
    dtype = getattr(series.to_native(), "dtype", None)
    return isinstance(dtype, np.dtype) and dtype.kind in "iub"


def plain(value: Any) -> Any:
    """Return a numpy scalar as a Python value, and a whole float as an integer."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_missing(value: Any) -> bool:
    return value is None or value != value or type(value).__name__ == "NAType"


def _order_of(value: Any) -> tuple[int, Any, str]:
    if isinstance(value, timedelta):
        return (0, value.total_seconds(), "")
    if isinstance(value, bool | int | float | Decimal):
        return (0, value, "")
    return (1, 0.0, str(value))
