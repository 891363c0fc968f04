-- wrk script: events of 200 bytes with 8 typed columns. The requests are made before the clock starts and sent over and
-- over: making one costs more than a server spends on it. Environment: FIRN_KEY, FIRN_BATCH (1: one object a request).
local batch = tonumber(os.getenv("FIRN_BATCH") or "1")
local key = os.getenv("FIRN_KEY")
local EVENTS = 200000
local requests = {}
local sent = 0

local shape = '{"order_id":%d,"customer_id":%d,"status":"shipped","total":%d.25,"quantity":%d,"weight":1.5,' ..
              '"note":"a note that fills the event","updated_at":"2026-11-23T10:11:12.%06dZ"}'

local function event(n)
  return string.format(shape, n, n % 100000 + 100000, n % 1000 + 1000, n % 10, n % 1000000)
end

function init()
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  if key then wrk.headers["x-api-key"] = key end
  for first = 1, EVENTS, batch do
    local rows = {}
    for i = 1, batch do rows[i] = event(first + i - 1) end
    local body = batch == 1 and rows[1] or "[" .. table.concat(rows, ",") .. "]"
    requests[#requests + 1] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  sent = sent % #requests + 1
  return requests[sent]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('JSON {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"errors":%d}\n', summary.requests,
                         summary.duration, latency:percentile(50), latency:percentile(99),
                         errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
