"""What all tables have in common: their registry and the types of their columns."""

from sqlalchemy import DateTime, MetaData, Numeric
from sqlalchemy.dialects.mysql import DATETIME

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)

Moment = DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
Price = Numeric(10, 2)
Ratio = Numeric(10, 4)
