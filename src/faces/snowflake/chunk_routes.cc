#include "faces/snowflake/routes.h"

namespace firn::faces {

namespace {

constexpr size_t kFilePieceBytes = size_t{1} << 20;

/// Not application/json: Node.js would parse a part of a JSON result as a whole one.
constexpr const char* kChunkContentType = "binary/octet-stream";

http::Response Fetch(SnowflakeServices& services, http::Request& request) {
  auto chunk = services.chunks.Find(std::string(request.PathParameter("secret")));
  if (!chunk) return http::Response::Text(403, "This part of a result does not exist, or its time is over.");
  http::Response response;
  response.content_type = kChunkContentType;
  if (chunk->bytes) {
    response.shared_body = std::move(chunk->bytes);
    return response;
  }
  auto file = ChunkFile::Open(chunk->file);
  if (!file) return http::Response::Text(403, "This part of a result does not exist any more.");
  response.stream_size = chunk->size;
  response.stream = [file] { return file->Next(kFilePieceBytes); };
  return response;
}

}  // namespace

std::vector<http::Route> ChunkRoutes(SnowflakeServices& services) {
  return {{"GET", "/chunks/{secret}",
           http::Handler([&services](http::Request& request) { return Fetch(services, request); }),
           http::RunOn::kWorker, "A part of a result; the address is the key to it."}};
}

}  // namespace firn::faces
