// DaemonLog: what the administrator is told of the daemon's work, a line each: clients that were turned away, and why. The
// recording has the same as an event.
//
// A line may be added with any lock held. It is told by Tell, which is called with none: whoever prints may be slow.
// Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/sync/lock_order.h"
#include "core/trace/registry.h"

namespace lockscope::daemon {

class Client;

class DaemonLog {
 public:
  // A line, without its end. Empty: nobody is told.
  using Print = std::function<void(const std::string& line)>;

  explicit DaemonLog(Print print) : print_(std::move(print)) {}

  void Add(std::string line) {
    if (print_) lines_.push_back(std::move(line));
  }
  // "client-2 (192.0.2.1:50312) WHAT".
  void Add(const Client& client, std::string_view what);
  // The daemon wants no more of the client. The reason is one of a few: words about this client would fill the recording's
  // table of names.
  void Refuse(const Client& client, std::string_view reason);

  void Tell() LS_REQUIRES(!sync::server_held, !sync::client_held, !sync::loop_held);

 private:
  const Print print_;
  std::vector<std::string> lines_;
  std::map<std::string, std::unique_ptr<trace::RegisteredObject>, std::less<>> reasons_;
};

}  // namespace lockscope::daemon
