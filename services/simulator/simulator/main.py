"""Run a simulated exchange: its market, its time, its REST and socket ports.

It is no service of the ledger: it touches neither database nor streams, and it is the source of the time that
the services' own runner would wait for. So it runs itself.
"""

import asyncio
import signal
import sys
import time
from contextlib import aclosing

import structlog

from oi_common.connections import connect_redis
from oi_common.errors import EXIT_MISCONFIGURED, Misconfigured
from oi_common.health import Health, serve_health
from oi_common.logs import configure_logs
from simulator.adapters.clock_publisher import ClockPublisher, PublishedClock
from simulator.adapters.markets import open_market
from simulator.adapters.server import Ports, Serving, SimulatedExchange
from simulator.core.accounts import SessionRules
from simulator.core.exchange_clock import begun
from simulator.handlers import Rules
from simulator.settings import Settings


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    opened = open_market(settings)
    market, speed = opened.market, settings.sim_speed
    clock = PublishedClock(begun(opened.begins_at.timestamp(), time.time(), speed=speed, day=market.day))
    redis = connect_redis(settings.redis_url)
    publisher = ClockPublisher(
        redis,
        clock,
        end=opened.ends_at,
        pacers_needed=settings.sim_pacers,
        # An end that was set is meant as it stands, in the middle of trading, too.
        lets_finish=settings.sim_end is None,
    )
    health = Health()
    exchange = SimulatedExchange(market, clock, _rules(settings), _ports(settings), _serving(settings))
    async with aclosing(redis), serve_health(health, settings.health_host, settings.health_port):
        await publisher.begin(market.day, speed=speed, resume=settings.sim_resume)
        async with exchange:
            health.ready()
            structlog.get_logger().info("exchange.opened", rest=exchange.rest_url, ws=exchange.ws_url)
            async with asyncio.TaskGroup() as tasks:
                watched = tasks.create_task(exchange.watch())
                await publisher.run(stop)
                watched.cancel()


def _rules(settings: Settings) -> Rules:
    return Rules(
        account=settings.account,
        sessions=SessionRules(
            logout_revokes=settings.sim_logout_revokes, login_revokes=settings.sim_login_revokes
        ),
        most_ticks_per_second=settings.sim_max_ticks_per_second,
        seed=settings.sim_seed,
    )


def _ports(settings: Settings) -> Ports:
    return Ports(
        settings.sim_host, settings.sim_rest_port, settings.sim_ws_port, settings.sim_advertised_host
    )


def _serving(settings: Settings) -> Serving:
    return Serving(
        settings.sim_master_filler, settings.sim_idle_close_seconds, settings.sim_faults, settings.sim_llm
    )


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, stop)


def main() -> None:
    try:
        settings = Settings.load()
        configure_logs("simulator", settings.log_format)
        asyncio.run(_run(settings))
    except Misconfigured as e:
        sys.stderr.write(f"simulator: {e}\n")
        sys.exit(EXIT_MISCONFIGURED)


if __name__ == "__main__":
    main()
