"""The pipeline's numbers, computed again by other means."""

import sqlite3

import pytest

from lesson_code.worlds import weather
from lesson_code.worlds.weather import pipeline


@pytest.fixture(scope="module")
def years():
    return weather.process(weather.extract())


@pytest.fixture(scope="module")
def table():
    """The same file in SQLite: no line of ours computes there."""
    db = sqlite3.connect(":memory:")
    db.execute("create table day (date, rain real, high real, low real, wind real, kind)")
    lines = (pipeline.FOLDER / "seattle-weather.csv").read_text().splitlines()[1:]
    db.executemany("insert into day values (?,?,?,?,?,?)", [line.split(",") for line in lines])
    return db


def test_every_day_is_there():
    days = weather.extract()
    assert len(days) == 1_461
    assert (days[0]["date"], days[-1]["date"]) == ("2012/01/01", "2015/12/31")
    assert days[0] == {
        "date": "2012/01/01", "precipitation": 0.0, "temp_max": 12.8, "temp_min": 5.0,
        "wind": 4.7, "weather": "drizzle",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("days", "count(*)"),
        ("wet_days", "sum(rain > 0)"),
        ("rain_mm", "round(sum(rain), 1)"),
        ("mean_high", "round(avg(high), 1)"),
        ("hottest", "max(high)"),
    ],
)
def test_the_summary_is_what_sql_says(years, table, name, sql):
    expected = dict(table.execute(f"select substr(date, 1, 4), {sql} from day group by 1"))
    assert {year: summary[name] for year, summary in years.items()} == pytest.approx(expected)


def test_the_hottest_day_is_the_first_with_that_temperature(years, table):
    for year, summary in years.items():
        query = "select date from day where date like ? order by high desc, date limit 1"
        assert (summary["hottest_on"],) == table.execute(query, (f"{year}%",)).fetchone()


def test_the_report_names_the_extremes(years):
    text = weather.report(years)
    assert "2014   365       150   1232.8       17.0     35.6 on 2014/08/11" in text
    assert text.splitlines()[-2:] == [
        "The wettest year was 2014: 1232.8 mm of rain.",
        "The hottest day was 2014/08/11: 35.6 °C.",
    ]


def test_an_unknown_file_is_named_with_those_there_are():
    with pytest.raises(FileNotFoundError, match=r"'wether\.csv'; there is: seattle-weather\.csv"):
        weather.extract("wether.csv")


@pytest.mark.parametrize("line", ["2012/01/01,none,1,1,1,sun", "2012/01/01,1", ""])
def test_a_line_that_cannot_be_read_is_named(monkeypatch, tmp_path, line):
    monkeypatch.setattr(pipeline, "FOLDER", tmp_path)
    head = "date,precipitation,temp_max,temp_min,wind,weather\n2012/01/01,0,1,1,1,sun\n"
    (tmp_path / "bad.csv").write_text(f"{head}{line or ','}\n")
    with pytest.raises(ValueError, match="line 3 cannot be read"):
        weather.extract("bad.csv")


def test_nothing_to_report_is_said():
    assert weather.process([]) == {}
    with pytest.raises(ValueError, match="there is no year"):
        weather.report({})
