#include "unit/storage/stores.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/ids.h"

namespace firn::storage {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "firn-storage-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::optional<S3Options> TestS3Options() {
  auto given = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  S3Options options;
  options.endpoint = given("FIRN_TEST_S3_ENDPOINT");
  if (options.endpoint.empty()) return std::nullopt;
  options.access_key = given("FIRN_TEST_S3_ACCESS_KEY");
  options.secret_key = given("FIRN_TEST_S3_SECRET_KEY");
  options.bucket = given("FIRN_TEST_S3_BUCKET");
  if (std::string region = given("FIRN_TEST_S3_REGION"); !region.empty()) options.region = region;
  options.prefix = "unit tests/\xc3\xa4+" + NewUuid();
  return options;
}

ScriptedServer::ScriptedServer(std::function<std::string(const Request&, int)> answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0) std::abort();
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::vector<ScriptedServer::Request> ScriptedServer::requests() {
  std::lock_guard lock(mutex_);
  return requests_;
}

int ScriptedServer::connections() {
  std::lock_guard lock(mutex_);
  return connections_;
}

void ScriptedServer::Serve() {
  while (true) {
    int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    {
      std::lock_guard lock(mutex_);
      ++connections_;
    }
    ServeConnection(connection);
    ::close(connection);
  }
}

void ScriptedServer::ServeConnection(int connection) {
  std::string data;
  char buffer[65536];
  auto more = [&] {
    ssize_t n = ::recv(connection, buffer, sizeof buffer, 0);
    if (n > 0) data.append(buffer, static_cast<size_t>(n));
    return n > 0;
  };
  while (true) {
    size_t end = 0;
    while ((end = data.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return;
    }
    Request request;
    request.head = data.substr(0, end + 2);
    data.erase(0, end + 4);
    size_t length = 0;
    if (size_t at = request.head.find("Content-Length: "); at != std::string::npos) {
      length = std::strtoul(request.head.c_str() + at + 16, nullptr, 10);
    }
    while (data.size() < length) {
      if (!more()) return;
    }
    request.body = data.substr(0, length);
    data.erase(0, length);
    int number = 0;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
      number = static_cast<int>(requests_.size());
    }
    std::string answer = answer_(request, number);
    if (answer.empty()) return;
    if (::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(answer.size())) return;
  }
}

std::string ScriptedServer::Answer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

std::string ScriptedServer::Fault(int status, const std::string& code) {
  return Answer(status, "<?xml version=\"1.0\"?>\n<Error><Code>" + code +
                            "</Code><Message>as &lt;scripted&gt;</Message></Error>");
}

}  // namespace firn::storage
