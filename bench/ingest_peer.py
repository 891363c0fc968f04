"""The peer of ingest.py: FastAPI that checks each event with pydantic and appends it to a file with fsync."""

import datetime
import decimal
import os

import fastapi
import pydantic

app = fastapi.FastAPI()
log = os.open(os.environ["PEER_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


class Event(pydantic.BaseModel):
    order_id: int
    customer_id: int
    status: str
    total: decimal.Decimal
    quantity: int
    weight: float
    note: str
    updated_at: datetime.datetime


def append(events):
    os.write(log, b"".join(event.model_dump_json().encode() + b"\n" for event in events))
    os.fdatasync(log)
    return {"accepted": len(events)}


@app.post("/one", status_code=202)
async def one(event: Event):
    return append([event])


@app.post("/batch", status_code=202)
async def batch(events: list[Event]):
    return append(events)
