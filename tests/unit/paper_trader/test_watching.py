"""What is known of a decision's worth, offer by offer."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from paper_trader.core.watching import ContractWatch, Offer, Watch
from support.paper import TEN, after
from support.scoring import by_hand

FRESH = timedelta(seconds=15)
DUE = after(180)


def offer(seconds, bid, ask=None, good_for=FRESH):
    price = None if bid is None else Decimal(str(bid))
    return Offer(after(seconds), price, price if ask is None else Decimal(str(ask)), good_for)


def watch(name="path", *, since=TEN, due=DUE, stop=80, target=140, event="one"):
    levels = (
        (Decimal(stop) if stop else None, Decimal(target) if target else None)
        if name == "path"
        else (None, None)
    )
    return Watch((event, "rules", name), since, due, "close" if name == "path" else "horizon", *levels)


def ends_of(watches, *offers, clock=None):
    watched = ContractWatch()
    for each in watches:
        watched.add(each)
    ends = [end for each in offers for end in watched.on_offer(each)]
    ends += watched.on_clock(clock or after(100_000))
    return {end.watch.key: (end.price and float(end.price), end.reason) for end in ends}


def only(ends):
    [end] = ends.values()
    return end


def test_a_horizon_sells_at_the_last_bid_by_its_time():
    ends = ends_of([watch("3")], offer(-1, 100), offer(179, 104), offer(180, 105), offer(181, 200))

    assert only(ends) == (105.0, "horizon")


def test_a_stop_sells_at_the_bid_that_is_there_not_at_the_stop():
    assert only(ends_of([watch()], offer(0, 100), offer(1, 76.5), offer(2, 150))) == (76.5, "stop")


def test_a_target_needs_a_bid_that_high():
    asked_only = offer(1, 139.95, ask=141)

    assert only(ends_of([watch()], offer(0, 100), asked_only, offer(2, 140), offer(3, 70))) == (
        140.0,
        "target",
    )


def test_what_was_offered_when_it_was_decided_ends_nothing():
    ends = ends_of([watch()], offer(-1, 70), offer(0, 75), offer(1, 100), offer(175, 101))

    assert only(ends) == (101.0, "close")


def test_an_old_price_is_no_price():
    assert only(ends_of([watch("3")], offer(0, 100), offer(164, 101))) == (None, "unknown")


def test_where_nobody_buys_nothing_is_sold():
    assert only(ends_of([watch()], offer(0, 100), offer(179, None))) == (None, "unknown")


def test_a_path_that_was_unseen_for_too_long_is_unknown_though_it_ends_with_a_price():
    path = watch(due=after(1000))

    ends = ends_of(
        [path, watch("15", due=after(900))], offer(0, 100), offer(361, 100), offer(899, 100), offer(1000, 90)
    )

    assert ends == {path.key: (None, "unknown"), ("one", "rules", "15"): (100.0, "horizon")}


def test_an_offer_that_comes_late_says_nothing():
    assert only(ends_of([watch()], offer(2, 100), offer(1, 10), offer(170, 101))) == (101.0, "close")


def test_nothing_ends_before_the_last_late_tick_may_have_come():
    watched = ContractWatch(offer(170, 99))
    watched.add(watch("3"))

    assert watched.on_clock(after(181.9)) == []
    assert [end.price for end in watched.on_clock(after(182))] == [99]


OFFERS = st.lists(st.tuples(st.integers(0, 400), st.none() | st.integers(60, 160)), max_size=40).map(
    lambda found: [offer(seconds, bid) for seconds, bid in sorted(found, key=lambda each: each[0])]
)
WATCHES = st.lists(
    st.tuples(st.integers(-20, 300), st.integers(1, 500), st.integers(61, 99), st.integers(101, 159), st.booleans()),
    min_size=1, max_size=8,
)  # fmt: skip


def built(asked):
    return [
        watch("path" if is_path else "3", event=str(n), since=after(since), due=after(since + length), stop=stop,
              target=target)
        for n, (since, length, stop, target, is_path) in enumerate(asked)
    ]  # fmt: skip


@given(OFFERS, WATCHES)
def test_all_watches_of_a_contract_end_as_each_of_them_by_hand(offers, asked):
    watches = built(asked)

    ends = ends_of(watches, *offers)

    told = [{"at": each.at, "bid": each.bid and float(each.bid)} for each in offers]
    for each in watches:
        levels = {"stop": each.stop and float(each.stop), "target": each.target and float(each.target)}
        price, because = by_hand(told, since=each.since, due=each.due, **levels)
        assert ends[each.key] == (price, because or each.due_reason)


@given(OFFERS, WATCHES, st.randoms(use_true_random=False))
def test_the_order_in_which_watches_are_added_does_not_matter(offers, asked, random):
    watches = built(asked)
    shuffled = random.sample(watches, len(watches))

    assert ends_of(watches, *offers) == ends_of(shuffled, *offers)


@given(OFFERS, WATCHES, st.integers(0, 40))
def test_seeing_offers_again_changes_nothing(offers, asked, place):
    watches = built(asked)

    assert ends_of(watches, *offers[:place], *offers) == ends_of(watches, *offers)
