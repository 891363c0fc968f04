// A plain blocking HTTP client for the tests, so that they decide what bytes go out and see what comes back.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace firn::http {

struct Reply {
  int status = 0;  ///< 0: the connection ended before a whole reply came
  std::string head;
  std::string body;
  bool complete = false;

  /// Value of a field, empty if it is absent. Names as the server writes them.
  std::string Field(const std::string& name) const {
    const size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const size_t from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

class Client {
 public:
  explicit Client(uint16_t port, int timeout_seconds = 20) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval timeout{timeout_seconds, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    const int yes = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  void CloseSending() { shutdown(fd_, SHUT_WR); }

  /// False if the server closed before all was taken.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(size));
    }
    return true;
  }

  /// The next reply in order. `head_only`: of a HEAD request.
  Reply Receive(bool head_only = false) {
    Reply reply;
    size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!More()) return reply;
    }
    reply.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    reply.status = std::atoi(reply.head.c_str() + 9);
    if (reply.status == 100 || head_only || reply.status == 204 || reply.status == 304) {
      reply.complete = true;
    } else if (const std::string length = reply.Field("Content-Length"); !length.empty()) {
      reply.complete = Take(std::strtoull(length.c_str(), nullptr, 10), &reply.body);
    } else if (reply.Field("Transfer-Encoding") == "chunked") {
      reply.complete = TakeChunks(&reply.body);
    } else {
      while (More()) continue;
      reply.body.swap(buffer_);
      reply.complete = end_ == End::kClosed;
    }
    return reply;
  }

  Reply Do(std::string_view request, bool head_only = false) {
    Send(request);
    return Receive(head_only);
  }
  Reply Get(const std::string& target) { return Do("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n"); }
  Reply Post(const std::string& target, std::string_view body, const std::string& fields = "") {
    return Do("POST " + target + " HTTP/1.1\r\nHost: h\r\n" + fields +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }

  enum class End { kOpen, kClosed, kReset, kTimeout };
  /// Reads on to see how the connection ends; kOpen if the server still sends.
  End WaitEnd() {
    while (More()) continue;
    return end_;
  }

 private:
  bool More() {
    char bytes[65536];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    if (size > 0) {
      buffer_.append(bytes, static_cast<size_t>(size));
      return true;
    }
    end_ = size == 0 ? End::kClosed : (errno == EAGAIN || errno == EWOULDBLOCK ? End::kTimeout : End::kReset);
    return false;
  }
  bool Take(size_t size, std::string* into) {
    while (buffer_.size() < size) {
      if (!More()) {
        *into += buffer_;
        return false;
      }
    }
    into->append(buffer_, 0, size);
    buffer_.erase(0, size);
    return true;
  }
  bool TakeChunks(std::string* into) {
    for (;;) {
      size_t end;
      while ((end = buffer_.find("\r\n")) == std::string::npos) {
        if (!More()) return false;
      }
      const size_t size = std::strtoull(buffer_.c_str(), nullptr, 16);
      buffer_.erase(0, end + 2);
      if (!Take(size, into)) return false;
      std::string crlf;
      if (!Take(2, &crlf) || crlf != "\r\n") return false;
      if (size == 0) return true;
    }
  }

  int fd_ = -1;
  bool connected_ = false;
  End end_ = End::kOpen;
  std::string buffer_;
};

}  // namespace firn::http
