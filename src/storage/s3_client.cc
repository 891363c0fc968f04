#include "storage/s3_client.h"

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "base/ids.h"
#include "base/types.h"
#include "storage/s3_xml.h"

namespace firn::storage {

namespace {

constexpr int kTries = 6;
constexpr int64_t kFirstPauseMicros = 50000;
constexpr int64_t kBytesPerMilli = 1024;  ///< the slowest transfer that is still waited for, about 1 MB/s

size_t TakeBody(char* data, size_t size, size_t count, void* target) {
  static_cast<std::string*>(target)->append(data, size * count);
  return size * count;
}

size_t TakeHeader(char* data, size_t size, size_t count, void* target) {
  std::string_view line(data, size * count);
  auto* headers = static_cast<std::map<std::string, std::string>*>(target);
  if (line.starts_with("HTTP/")) headers->clear();  // of an answer before this one (100 Continue)
  size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && isspace(static_cast<unsigned char>(value.front()))) value.remove_prefix(1);
    while (!value.empty() && isspace(static_cast<unsigned char>(value.back()))) value.remove_suffix(1);
    (*headers)[Lower(line.substr(0, colon))] = value;
  }
  return size * count;
}

/// curl itself sends a request again when a reused connection dies before the answer: then the first may be done.
int CountSending(void* target, char*, char*, int, int) {
  ++*static_cast<int*>(target);
  return CURL_PREREQFUNC_OK;
}

/// Whether nothing of the request can have reached the server.
bool NeverSent(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT ||
         code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION;
}

/// Whether the same request may come through the next time.
bool MayPass(CURLcode code) { return code != CURLE_PEER_FAILED_VERIFICATION && code != CURLE_URL_MALFORMAT; }

void SetTimeLimits(CURL* handle, const S3Request& request, int64_t timeout_ms) {
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_ms));
  if (request.answer_unbounded) {
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max<int64_t>(1, timeout_ms / 1000)));
    return;
  }
  auto bytes = static_cast<int64_t>(std::min<uint64_t>(request.expected_bytes + request.body.size(), 1ULL << 40));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms + bytes / kBytesPerMilli));
}

/// Describes an answer of 400 and more, and says whether to try again.
bool ReadTrouble(S3Answer* answer) {
  S3ErrorBody error = ParseS3Error(answer->body);
  answer->code = error.code;
  answer->trouble = std::to_string(answer->status);
  if (!error.code.empty()) answer->trouble += " " + error.code + ": " + error.message;
  if (auto region = answer->headers.find("x-amz-bucket-region"); region != answer->headers.end()) {
    answer->trouble += " (the bucket is in " + region->second + ")";
  }
  return answer->status >= 500 || answer->status == 409 || answer->status == 429 || answer->status == 408 ||
         error.code == "RequestTimeout";
}

}  // namespace

S3Client::S3Client(S3Options options)
    : options_(std::move(options)),
      credentials_{options_.access_key, options_.secret_key, options_.session_token},
      origin_(options_.endpoint) {
  static const CURLcode kInitialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)kInitialised;
  size_t host_at = origin_.find("://") + 3;
  if (options_.path_style) {
    bucket_path_ = "/" + options_.bucket;
  } else {
    origin_.insert(host_at, options_.bucket + ".");
  }
  host_ = origin_.substr(host_at);
}

S3Client::~S3Client() {
  for (CURL* handle : idle_) curl_easy_cleanup(handle);
}

CURL* S3Client::Acquire() {
  std::unique_lock lock(mutex_);
  released_.wait(lock, [&] { return !idle_.empty() || handles_ < options_.connections_max; });
  if (idle_.empty()) {
    CURL* handle = curl_easy_init();
    if (handle != nullptr) ++handles_;
    return handle;
  }
  CURL* handle = idle_.back();
  idle_.pop_back();
  return handle;
}

void S3Client::Release(CURL* handle) {
  curl_easy_reset(handle);  // keeps the connection
  std::lock_guard lock(mutex_);
  idle_.push_back(handle);
  released_.notify_one();
}

S3Answer S3Client::SendOnce(const S3Request& request, const std::string& payload_sha256, bool* again) {
  S3Answer answer;
  *again = false;
  S3Signed made =
      SignS3({request.method, host_, bucket_path_ + "/" + request.key, request.query, request.headers, payload_sha256},
             credentials_, options_.region, Clock::System().Now());
  CURL* handle = Acquire();
  if (handle == nullptr) {
    answer.trouble = "out of memory for a connection";
    return answer;
  }
  curl_slist* lines = nullptr;
  for (const std::string& line : made.headers) lines = curl_slist_append(lines, line.c_str());
  for (const char* off : {"Expect:", "Content-Type:", "Accept:"}) lines = curl_slist_append(lines, off);
  std::string url = origin_ + made.target;
  char text[CURL_ERROR_SIZE] = "";
  int sendings = 0;
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, text);
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lines);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &answer.headers);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, CountSending);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, &sendings);
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());  // not copied
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "PUT");
  } else {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  SetTimeLimits(handle, request, options_.timeout_ms);

  CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(lines);
  Release(handle);
  if (code != CURLE_OK) {
    answer.trouble = code == CURLE_OPERATION_TIMEDOUT ? "time-out" : curl_easy_strerror(code);
    if (text[0] != '\0') answer.trouble += std::string(" (") + text + ")";
    answer.maybe_done = sendings > 1 || !NeverSent(code);
    *again = MayPass(code);
    return answer;
  }
  answer.status = static_cast<int>(status);
  if (status >= 300) *again = ReadTrouble(&answer);
  answer.maybe_done = sendings > 1 || status >= 500 || status == 408;
  return answer;
}

S3Answer S3Client::Send(const S3Request& request) {
  std::string payload_sha256 = Sha256Hex(request.body);
  Clock& clock = Clock::System();
  Micros give_up = clock.Now() + 2 * options_.timeout_ms * 1000;
  bool maybe_done = false;
  for (int tries = 1;; ++tries) {
    bool again = false;
    S3Answer answer = SendOnce(request, payload_sha256, &again);
    maybe_done = maybe_done || answer.maybe_done;
    if (!again || tries == kTries || clock.Now() > give_up) {
      answer.maybe_done = maybe_done;
      return answer;
    }
    int64_t pause = kFirstPauseMicros << (tries - 1);
    clock.Sleep(std::chrono::microseconds(pause / 2 + static_cast<int64_t>(RandomU64() % (pause / 2))));
  }
}

}  // namespace firn::storage
