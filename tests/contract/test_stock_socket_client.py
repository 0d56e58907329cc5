"""The stock SmartWebSocketV2, unmodified, decodes what the simulated exchange sends."""

import pytest

from simulator.testing import CALL, NIFTY, moment

NFO = {"exchangeType": 2, "tokens": [CALL.token]}
NSE = {"exchangeType": 1, "tokens": [NIFTY.token]}


def subscribed(stock, mode, *token_lists):
    stock.subscribe("abcde12345", mode, [{**each, "tokens": list(each["tokens"])} for each in token_lists])
    return stock


def test_an_ltp_tick_is_decoded(stock_socket, until):
    stock = subscribed(stock_socket(), 1, NFO)

    tick = until(lambda: stock.ticks)[0]

    assert tick == {
        "subscription_mode": 1,
        "exchange_type": 2,
        "token": "43521",
        "sequence_number": tick["sequence_number"],
        "exchange_timestamp": int(moment(10, 1).timestamp()) * 1000,
        "last_traded_price": 10150,
        "subscription_mode_val": "LTP",
    }


def test_a_quote_tick_is_decoded(stock_socket, until):
    stock = subscribed(stock_socket(), 2, NFO)

    tick = until(lambda: stock.ticks)[0]

    assert tick["subscription_mode_val"] == "QUOTE"
    assert (tick["volume_trade_for_the_day"], tick["total_buy_quantity"]) == (88_500, 250_000.0)
    assert (tick["open_price_of_the_day"], tick["closed_price"]) == (10000, 10000)


def test_a_snap_quote_tick_is_decoded_with_five_buys_and_five_sells(stock_socket, until):
    stock = subscribed(stock_socket(), 3, NFO)

    tick = until(lambda: stock.ticks)[0]

    assert tick["open_interest"] == 1_234_500
    assert tick["last_traded_timestamp"] == moment(10, 1).timestamp()
    assert [step["price"] for step in tick["best_5_buy_data"]] == [10145, 10140, 10135, 10130, 10125]
    assert {step["flag"] for step in tick["best_5_buy_data"]} == {1}
    assert [step["price"] for step in tick["best_5_sell_data"]] == [10155, 10160, 10165, 10170, 10175]
    assert tick["best_5_sell_data"][0] == {"flag": 0, "quantity": 150, "price": 10155, "no of orders": 2}


def test_an_indexs_empty_book_is_no_buys_and_ten_sells_to_the_client(stock_socket, until):
    stock = subscribed(stock_socket(), 3, NSE)

    tick = until(lambda: stock.ticks)[0]

    assert (len(tick["best_5_buy_data"]), len(tick["best_5_sell_data"])) == (0, 10)


def test_a_new_second_is_a_new_tick_and_the_same_second_is_none(stock_socket, clock, switch, until):
    switch(ws_snapshot=False)
    stock = subscribed(stock_socket(), 1, NFO)
    until(lambda: stock.ticks)

    clock.set(moment(10, 1, 1))
    until(lambda: len(stock.ticks) == 2)
    clock.set(moment(10, 1, 2))
    until(lambda: len(stock.ticks) == 3)

    first, second, third = (tick["exchange_timestamp"] for tick in stock.ticks)
    assert (second - first, third - second) == (1000, 1000)


def test_after_an_unsubscription_ticks_stop(stock_socket, clock, stats, until):
    stock = subscribed(stock_socket(), 1, NFO, NSE)
    until(lambda: len(stock.ticks) >= 2)

    stock.unsubscribe("abcde12345", 1, [NFO])
    until(lambda: stats()["socket"]["subscriptions"] == 1)
    stock.ticks.clear()
    clock.set(moment(10, 1, 5))

    until(lambda: stock.ticks)
    assert {tick["token"] for tick in stock.ticks} == {NIFTY.token}


def test_after_hours_there_is_a_snapshot_and_then_silence(stock_socket, clock, stats, until):
    clock.set(moment(16))
    stock = subscribed(stock_socket(), 1, NFO)
    until(lambda: stock.ticks)

    clock.set(moment(16, 0, 5))
    assert stats()["socket"]["packets"] == 1
    subscribed(stock, 2, NFO)
    until(lambda: len(stock.ticks) == 2)

    assert [tick["subscription_mode"] for tick in stock.ticks] == [1, 2]


def test_a_clean_close_ends_the_stock_client_without_its_on_close(stock_socket, switch, until):
    stock = stock_socket()

    switch(ws_close=True)

    until(stock.is_over)
    assert stock.errors[-1] == ("Max retry attempt reached", "Connection closed")


def test_a_truncated_packet_ends_the_stock_clients_feed(stock_socket, switch, until):
    switch(ws_truncated={"value": True, "times": 1})
    stock = stock_socket()

    subscribed(stock, 3, NFO)

    until(lambda: stock.errors)
    assert stock.ticks == []


def test_an_unknown_mode_is_a_dict_of_the_head_alone(stock_socket, switch, until):
    switch(ws_unknown_mode=True)
    stock = subscribed(stock_socket(), 3, NFO)

    tick = until(lambda: stock.ticks)[0]

    assert (tick["subscription_mode"], tick["subscription_mode_val"]) == (9, None)


def test_error_texts_never_reach_the_stock_clients_user(stock_socket, stats, until):
    stock = subscribed(stock_socket(), 9, NFO)

    until(lambda: stats()["socket"].get("E1001"))
    subscribed(stock, 1, NFO)

    until(lambda: stock.ticks)
    assert stock.errors == []


@pytest.mark.parametrize("wrong", ["auth_token", "api_key", "client_code", "feed_token"])
def test_a_wrong_credential_ends_the_stock_client(stock_socket, until, wrong):
    stock = stock_socket(**{wrong: "wrong"})

    until(stock.is_over)
    assert stock.errors[-1] == ("Max retry attempt reached", "Connection closed")


def test_the_bare_jwt_is_as_good_as_the_prefixed_one(stock_socket, session, until):
    stock = subscribed(stock_socket(auth_token=session.access_token), 1, NFO)

    assert until(lambda: stock.ticks)
