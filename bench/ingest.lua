-- wrk script: events of 200 bytes with 8 typed columns. Environment: FIRN_KEY, FIRN_BATCH (1: one object a request).
local batch = tonumber(os.getenv("FIRN_BATCH") or "1")
local key = os.getenv("FIRN_KEY")
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init()
  sent = 0
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  if key then wrk.headers["x-api-key"] = key end
end

local shape = '{"order_id":%d,"customer_id":%d,"status":"shipped","total":%d.25,"quantity":%d,"weight":1.5,' ..
              '"note":"a note that fills the event","updated_at":"2026-11-23T10:11:12.%06dZ"}'

local function event()
  sent = sent + 1
  return string.format(shape, number * 100000000 + sent, sent % 100000 + 100000, sent % 1000 + 1000, sent % 10,
                       sent % 1000000)
end

function request()
  if batch == 1 then return wrk.format(nil, nil, nil, event()) end
  local rows = {}
  for i = 1, batch do rows[i] = event() end
  return wrk.format(nil, nil, nil, "[" .. table.concat(rows, ",") .. "]")
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('JSON {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"errors":%d}\n', summary.requests,
                         summary.duration, latency:percentile(50), latency:percentile(99),
                         errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
