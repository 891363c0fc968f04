// A bucket, or a prefix of one, as a store: rule 2 of the commit protocol.
#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <mutex>

#include "base/errors.h"
#include "storage/s3_client.h"
#include "storage/s3_xml.h"
#include "storage/store.h"
#include "storage/store_path.h"

namespace firn::storage {

namespace {

/// Holds a name that no path of the store can have, so that it is never listed.
constexpr const char* kProbeName = ".firn-tmp-if-none-match";

Error Failed(const std::string& path, const S3Answer& answer) { return {errors::kStorage, {path, answer.trouble}}; }

Error FailedOrAbsent(const std::string& path, const S3Answer& answer) {
  // A missing bucket is no missing object.
  if (answer.status == 404 && answer.code != "NoSuchBucket") return {errors::kNotFound, {path}};
  return Failed(path, answer);
}

class S3Store final : public Store {
 public:
  explicit S3Store(const S3Options& options)
      : client_(options), root_("s3://" + JoinPath(options.bucket, options.prefix)), prefix_(options.prefix) {
    if (options.prefix.empty()) root_.pop_back();
  }

  Result<std::string> Read(const std::string& path) override;
  Result<std::string> ReadRange(const std::string& path, uint64_t offset, uint64_t length) override;
  Result<ObjectInfo> Head(const std::string& path) override;
  Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after) override;
  Status Put(const std::string& path, std::string_view bytes) override;
  Status PutIfAbsent(const std::string& path, std::string_view bytes) override;
  Status Sync(const std::vector<std::string>& paths) override;
  Status Delete(const std::string& path) override;
  std::string Uri(const std::string& path) const override { return root_ + "/" + path; }
  Result<std::string> PathOf(std::string_view uri) const override;

 private:
  std::string Key(std::string_view path) const { return JoinPath(prefix_, path); }
  Status PutKeyIfAbsent(const std::string& path, std::string_view bytes);
  Status CheckServerKnowsIfNoneMatch();

  S3Client client_;
  std::string root_;  ///< "s3://bucket/prefix"
  const std::string prefix_;
  std::mutex probe_mutex_;
  bool probed_ = false;
};

Result<std::string> S3Store::Read(const std::string& path) {
  FIRN_TRY(CheckPath(path));
  S3Answer answer = client_.Send({.method = "GET", .key = Key(path), .answer_unbounded = true});
  if (!answer.ok()) return FailedOrAbsent(path, answer);
  return std::move(answer.body);
}

Result<std::string> S3Store::ReadRange(const std::string& path, uint64_t offset, uint64_t length) {
  FIRN_TRY(CheckPath(path));
  if (length == 0 || offset > INT64_MAX) {  // no range can say it, but an absent object is to be found absent
    FIRN_TRY(Head(path));
    return std::string();
  }
  std::string range = "bytes=" + std::to_string(offset) + "-";
  bool to_the_end = length > INT64_MAX - offset;
  if (!to_the_end) range += std::to_string(offset + length - 1);
  S3Answer answer = client_.Send({.method = "GET",
                                  .key = Key(path),
                                  .headers = {{"range", range}},
                                  .expected_bytes = to_the_end ? 0 : length,
                                  .answer_unbounded = to_the_end});
  if (answer.status == 416) return std::string();
  if (!answer.ok()) return FailedOrAbsent(path, answer);
  if (answer.status == 206) return std::move(answer.body);
  // A server may send the whole object instead.
  return offset >= answer.body.size() ? std::string() : answer.body.substr(offset, length);
}

Result<ObjectInfo> S3Store::Head(const std::string& path) {
  FIRN_TRY(CheckPath(path));
  S3Answer answer = client_.Send({.method = "HEAD", .key = Key(path)});
  if (!answer.ok()) return FailedOrAbsent(path, answer);
  ObjectInfo info{path, 0, 0};
  const std::string& length = answer.headers["content-length"];
  auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), info.size);
  if (error != std::errc()) return Error(errors::kStorage, {path, "the answer does not say how long the object is"});
  std::time_t modified = curl_getdate(answer.headers["last-modified"].c_str(), nullptr);
  if (modified >= 0) info.modified = static_cast<Micros>(modified) * 1000000;
  return info;
}

Result<std::vector<ObjectInfo>> S3Store::List(const std::string& prefix, const std::string& start_after) {
  FIRN_TRY(CheckPrefix(prefix));
  std::vector<ObjectInfo> out;
  size_t cut = prefix_.empty() ? 0 : prefix_.size() + 1;
  S3Request request{.method = "GET", .answer_unbounded = true};
  std::string token;
  do {
    request.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", Key(prefix)}};
    if (!token.empty()) {
      request.query.emplace_back("continuation-token", token);
    } else if (!start_after.empty()) {
      request.query.emplace_back("start-after", Key(start_after));
    }
    S3Answer answer = client_.Send(request);
    if (!answer.ok()) return Failed(Uri(prefix), answer);
    FIRN_ASSIGN(S3ListPage page, ParseS3ListPage(answer.body, Uri(prefix)));
    for (ObjectInfo& object : page.objects) {
      if (object.path.size() < cut) continue;
      object.path.erase(0, cut);
      // What no path can name (the "folders" of consoles, foreign keys with empty parts) is not in the store.
      if (!object.path.starts_with(prefix) || object.path <= start_after || !CheckPath(object.path).ok()) continue;
      out.push_back(std::move(object));
    }
    token = page.truncated ? page.next_token : "";
  } while (!token.empty());
  std::ranges::sort(out, {}, &ObjectInfo::path);  // as AWS sends them; directory buckets and others need not
  return out;
}

Status S3Store::Put(const std::string& path, std::string_view bytes) {
  FIRN_TRY(CheckPath(path));
  S3Answer answer = client_.Send({.method = "PUT", .key = Key(path), .body = bytes});
  if (answer.ok()) return Ok();
  if (answer.maybe_done) return Error(errors::kOutcomeUnknown, {path, answer.trouble});
  return Failed(path, answer);
}

Status S3Store::PutKeyIfAbsent(const std::string& path, std::string_view bytes) {
  S3Answer answer =
      client_.Send({.method = "PUT", .key = Key(path), .headers = {{"if-none-match", "*"}}, .body = bytes});
  if (answer.ok()) return Ok();
  // Perhaps by an earlier try of this very call whose answer was lost: the caller compares what is there.
  if (answer.status == 412) return Error(errors::kAlreadyThere, {path});
  if (answer.maybe_done || answer.status == 409) return Error(errors::kOutcomeUnknown, {path, answer.trouble});
  return Failed(path, answer);
}

/// A server that ignores the header would let two writers both win: the log of the catalog would lose commits.
Status S3Store::CheckServerKnowsIfNoneMatch() {
  std::lock_guard lock(probe_mutex_);
  if (probed_) return Ok();
  for (int i = 0; i < 2; ++i) {  // the first finds the object absent only in a new bucket
    Status put = PutKeyIfAbsent(kProbeName, "");
    if (!put.ok() && put.error().Is(errors::kAlreadyThere)) {
      probed_ = true;
      return Ok();
    }
    if (!put.ok()) return Error(errors::kStorage, {Uri(kProbeName), put.error().Message()});
  }
  return Error(errors::kUnsupported, {"an S3 server without conditional writes (If-None-Match)"});
}

Status S3Store::PutIfAbsent(const std::string& path, std::string_view bytes) {
  FIRN_TRY(CheckPath(path));
  FIRN_TRY(CheckServerKnowsIfNoneMatch());
  return PutKeyIfAbsent(path, bytes);
}

Status S3Store::Sync(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) FIRN_TRY(CheckPath(path));
  return Ok();  // an object is durable when its PUT is answered
}

Status S3Store::Delete(const std::string& path) {
  FIRN_TRY(CheckPath(path));
  S3Answer answer = client_.Send({.method = "DELETE", .key = Key(path)});
  if (answer.ok() || (answer.status == 404 && answer.code != "NoSuchBucket")) return Ok();
  if (answer.maybe_done) return Error(errors::kOutcomeUnknown, {path, answer.trouble});
  return Failed(path, answer);
}

Result<std::string> S3Store::PathOf(std::string_view uri) const {
  std::string plain(uri);
  // Hadoop's names for the same thing.
  for (std::string_view scheme : {"s3a://", "s3n://"}) {
    if (uri.starts_with(scheme)) plain = "s3://" + std::string(uri.substr(scheme.size()));
  }
  auto path = PathBelow(root_, plain);
  if (!path.ok()) return Error(errors::kOutsideLocation, {std::string(uri), root_});
  return path;
}

Error Invalid(std::string why) { return {errors::kInvalidInput, {std::move(why)}}; }

std::string Environment(const char* first, const char* second = nullptr) {
  for (const char* name : {first, second}) {
    const char* value = name == nullptr ? nullptr : std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

bool IsBucketName(std::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::ranges::all_of(name, [](unsigned char c) { return isalnum(c) || c == '-' || c == '.' || c == '_'; });
}

}  // namespace

Result<S3Options> S3OptionsFromEnvironment(std::string_view uri) {
  if (!uri.starts_with("s3://")) return Invalid("'" + std::string(uri) + "' does not begin with s3://");
  std::string_view rest = uri.substr(5);
  size_t slash = std::min(rest.find('/'), rest.size());
  S3Options options;
  options.bucket = rest.substr(0, slash);
  std::string_view prefix = rest.substr(std::min(slash + 1, rest.size()));
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  options.prefix = prefix;
  if (!IsBucketName(options.bucket)) return Invalid("'" + std::string(uri) + "' names no bucket");
  if (!prefix.empty()) FIRN_TRY(CheckPath(prefix));
  options.access_key = Environment("AWS_ACCESS_KEY_ID");
  options.secret_key = Environment("AWS_SECRET_ACCESS_KEY");
  options.session_token = Environment("AWS_SESSION_TOKEN");
  if (options.access_key.empty()) return Invalid("AWS_ACCESS_KEY_ID is not set");
  if (options.secret_key.empty()) return Invalid("AWS_SECRET_ACCESS_KEY is not set");
  if (std::string region = Environment("AWS_REGION", "AWS_DEFAULT_REGION"); !region.empty()) options.region = region;
  options.endpoint = Environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
  // AWS wants the bucket in the host name, which TLS certificates allow for names without dots only.
  options.path_style = !options.endpoint.empty() || options.bucket.find('.') != std::string::npos;
  return options;
}

Result<std::unique_ptr<Store>> OpenS3Store(S3Options options) {
  if (!IsBucketName(options.bucket)) return Invalid("'" + options.bucket + "' is not the name of a bucket");
  if (!options.prefix.empty()) FIRN_TRY(CheckPath(options.prefix));
  if (options.access_key.empty() || options.secret_key.empty()) return Invalid("S3 needs an access key and its secret");
  if (options.region.empty()) return Invalid("S3 needs a region");
  if (options.timeout_ms <= 0 || options.connections_max <= 0) return Invalid("S3 limits must be above zero");
  if (options.endpoint.empty()) {
    options.endpoint =
        "https://s3." + options.region + ".amazonaws.com" + (options.region.starts_with("cn-") ? ".cn" : "");
  }
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  size_t host_at = options.endpoint.starts_with("http://") ? 7 : options.endpoint.starts_with("https://") ? 8 : 0;
  std::string_view host = std::string_view(options.endpoint).substr(host_at);
  if (host_at == 0 || host.empty() || host.find_first_of("/?#@ ") != std::string_view::npos) {
    return Invalid("'" + options.endpoint + "' is not an S3 endpoint like https://host:port");
  }
  return std::unique_ptr<Store>(std::make_unique<S3Store>(options));
}

}  // namespace firn::storage
