"""What `segue diff` says of changes, in real repositories."""

from pathlib import Path

import pytest

from diff.repository import CATALOG, RULES, Repository, repository


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    return repository(tmp_path)


def edited(shop: Repository, old: str, new: str) -> Repository:
    text = (shop.root / "rules.seg").read_text(encoding="utf-8")
    assert old in text
    shop.write({"rules.seg": text.replace(old, new)})
    return shop


def test_nothing_changed(shop: Repository) -> None:
    result = shop.diff("HEAD", "--detailed-exitcode")

    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "0 changed, 3 the same")


def test_layout_comments_order_and_locals_are_no_change(tmp_path: Path) -> None:
    rules = """
define many(what, times) = count(what over last 30d) >= times
segment buyers { when many(purchase, 2) }
segment others { when not in buyers }
"""
    shop = repository(tmp_path, rules)
    shop.write(
        {
            "rules.seg": """
segment others { when not in buyers }  # the rest
segment buyers {
  when many(purchase, 2)
}
define many(event, least) = count(event over last 30d) >= least
"""
        }
    )

    assert shop.statuses() == {}


def test_a_higher_threshold_is_narrower_and_its_users_inherit_it(shop: Repository) -> None:
    changes = edited(shop, "orders_30d >= 2", "orders_30d >= 3").changes()

    assert changes["segment buyers"]["status"] == "narrower"
    assert changes["segment buyers"]["leaves"]["customer"] == ["2 × purchase 29d ago"]
    visitors = changes["segment visitors"]
    assert (visitors["status"], visitors["inherited"]) == ("wider", True)
    assert visitors["because"] == ["buyers"]


def test_another_window_of_a_metric_shows_its_values(shop: Repository) -> None:
    changes = edited(shop, "over last 30d", "over last 40d").changes()

    metric = changes["metric orders_30d"]
    assert metric["status"] == "changed"
    assert (metric["example"]["before"], metric["example"]["after"]) == ("0", "1")
    assert changes["segment buyers"]["status"] == "wider"
    assert changes["segment buyers"]["because"] == ["orders_30d"]


def test_another_window_altogether_lets_some_in_and_some_out(shop: Repository) -> None:
    changes = edited(shop, "over last 30d", "over 60d ago to 30d ago").changes()

    assert changes["segment buyers"]["status"] == "both"
    assert {"enters", "leaves"} <= changes["segment buyers"].keys()


def test_the_same_in_other_words_is_equivalent(shop: Repository) -> None:
    edited(shop, "orders_30d >= 2", "orders_30d > 1")
    result = shop.diff("HEAD", "--detailed-exitcode")

    assert result.exit_code == 0
    assert shop.statuses() == {"segment buyers": "equivalent", "segment visitors": "equivalent"}


def test_a_renamed_segment_is_told_from_a_new_one(shop: Repository) -> None:
    text = RULES.replace("segment buyers", "segment customers").replace("in buyers", "in customers")
    shop.write({"rules.seg": text})

    changes = shop.changes()
    assert {n: c["status"] for n, c in changes.items()} == {"segment customers": "renamed"}
    assert changes["segment customers"]["old_name"] == "buyers"


def test_added_and_removed(shop: Repository) -> None:
    text = RULES.replace(
        "segment visitors { when exists(visit over last 7d) and not in buyers }", ""
    )
    shop.write({"rules.seg": text + '\nsegment french { when country == "FR" }\n'})

    assert shop.statuses() == {"segment french": "added", "segment visitors": "removed"}


def test_settings_are_told_and_change_no_meaning(shop: Repository) -> None:
    edited(shop, "actions thanks", "actions thanks, voucher")
    result = shop.diff("HEAD", "--detailed-exitcode")

    assert result.exit_code == 0
    assert "actions: thanks → thanks, voucher" in result.output


def test_tiers_and_their_segments_are_compared(tmp_path: Path) -> None:
    rules = "tiers band by count(purchase) {{ high when >= {} low otherwise }}\n"
    shop = repository(tmp_path, rules.format(10))
    shop.write({"rules.seg": rules.format(12)})

    assert shop.statuses() == {
        "tiers band": "changed",
        "tier high": "narrower",
        "tier low": "wider",
    }


def test_stages_are_compared(tmp_path: Path) -> None:
    rules = """
lifecycle customer {{
  stage new    {{ enter when count(purchase) == 0 next active }}
  stage active {{ enter when count(purchase) >= {} }}
}}
"""
    shop = repository(tmp_path, rules.format(1))
    shop.write({"rules.seg": rules.format(2)})

    assert shop.statuses() == {"stage customer.active enter": "narrower"}


def test_what_the_solver_cannot_decide_is_unknown_and_a_change(tmp_path: Path) -> None:
    rules = 'segment coded {{ when email matches "{}" }}\n'
    shop = repository(tmp_path, rules.format("^[a-z]+@"))
    shop.write({"rules.seg": rules.format("^[a-z]{3,}[0-9]*@[a-z]+$")})

    result = shop.diff("HEAD", "--detailed-exitcode")
    assert result.exit_code == 1
    assert shop.statuses() == {"segment coded": "unknown"}


def test_what_the_catalog_reads_from_elsewhere_is_unknown(shop: Repository) -> None:
    shop.write({"catalog.yml": CATALOG.replace("table: purchases", "table: orders")})

    changes = shop.changes()
    assert changes["segment buyers"]["status"] == "unknown"
    assert changes["segment buyers"]["why"] == (
        "`purchase` of the catalog is read from something else"
    )


def test_two_revisions(shop: Repository) -> None:
    edited(shop, "orders_30d >= 2", "orders_30d >= 3").commit()
    edited(shop, "orders_30d >= 3", "orders_30d >= 9")

    result = shop.diff("HEAD~1", "HEAD", "--detailed-exitcode")
    assert result.exit_code == 1
    assert "2 × purchase" in result.output
    assert "8 × purchase" not in result.output


def test_two_folders(shop: Repository, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = repository(tmp_path / "other", RULES.replace(">= 2", ">= 3"))

    result = shop.diff(str(shop.root), str(other.root))
    assert "~ segment buyers  narrower: some leave, nobody enters" in result.output


def test_a_revision_that_is_not_there(shop: Repository) -> None:
    result = shop.diff("no-such-branch")

    assert result.exit_code == 2
    assert "git knows no revision `no-such-branch`" in result.output


def test_a_revision_with_errors(shop: Repository) -> None:
    shop.write({"rules.seg": "segment a { when nonsense }"})
    shop.commit()
    shop.write({"rules.seg": RULES})

    result = shop.diff("HEAD")
    assert result.exit_code == 2
    assert "the rules of `HEAD` have errors" in result.output


def test_a_folder_outside_of_any_repository(tmp_path: Path) -> None:
    (tmp_path / "catalog.yml").write_text(CATALOG, encoding="utf-8")
    (tmp_path / "rules.seg").write_text(RULES, encoding="utf-8")

    result = Repository(tmp_path, tmp_path).diff("main")
    assert result.exit_code == 2
    assert "is not in a git repository" in result.output


def test_rules_with_errors_are_not_taken_for_changed_ones(shop: Repository) -> None:
    shop.write({"rules.seg": "segment buyers { when nothing }"})
    result = shop.diff("HEAD", "--detailed-exitcode")

    assert result.exit_code == 2
    assert "error[SEG010]" in result.output
