// What the tests of stores need: a folder that goes with the test, the S3 server that the environment names, and a
// server that answers as the test says.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/store.h"

namespace firn::storage {

/// A folder under TMPDIR that goes with this object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The server of FIRN_TEST_S3_ENDPOINT with a prefix of its own; nothing where there is none. To have one:
/// `python3 test/interop/s3_server.py -- build/storage_test`.
std::optional<S3Options> TestS3Options();
inline constexpr const char* kNoS3 = "no S3 server: run under `python3 test/interop/s3_server.py -- …`";

/// An HTTP server on 127.0.0.1 that hands each request to the test and sends what the test returns, one connection at
/// a time. An empty string closes the connection without an answer.
class ScriptedServer {
 public:
  struct Request {
    std::string head;  ///< with the request line
    std::string body;
  };
  explicit ScriptedServer(std::function<std::string(const Request&, int number)> answer);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<Request> requests();
  int connections();

  /// "HTTP/1.1 <status> X" with a length and the body.
  static std::string Answer(int status, const std::string& body = "", const std::string& headers = "");
  /// An S3 error in XML.
  static std::string Fault(int status, const std::string& code);

 private:
  void Serve();
  void ServeConnection(int connection);

  std::function<std::string(const Request&, int)> answer_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<Request> requests_;
  int connections_ = 0;
  std::thread thread_;
};

}  // namespace firn::storage
