-- Sends requests that were made beforehand, in random order. BENCH_REQUESTS names a file
-- of them, each behind a line with its length in bytes.
local requests = {}

function init()
  math.randomseed(os.time())
  local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
  local length = file:read("*l")
  while length do
    requests[#requests + 1] = file:read(tonumber(length))
    length = file:read("*l")
  end
  file:close()
end

function request()
  return requests[math.random(#requests)]
end
