// Where `lockscope serve` listens, from its options; and what a person types to connect there.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/daemon/listener.h"
#include "core/loop/poll_poller.h"

namespace lockscope::cli {

// "" is not wanted.
struct ServeAddresses {
  std::string socket;  // A path.
  mode_t socket_mode = 0600;
  std::string tcp;  // [ADDRESS:]PORT, see daemon::TcpAddress.
  std::string tls;  // Likewise; with pki.
  std::string pki;  // A folder, see rpc::TlsCredentials.
};

struct ServeListeners {
  std::vector<std::unique_ptr<daemon::Listener>> all;
  std::vector<std::string> names;  // Each one's address.
  std::vector<std::string> uris;   // For virsh; one for each kind of address.
  std::string caution;             // A line about what clients may hold against them; "": there is nothing.

  daemon::Listeners pointers() const;
};

// Binds them all, or none: an error says which one, and why. `poller` must outlive them.
Result<ServeListeners> BindAll(const ServeAddresses& addresses, loop::PollPoller& poller);

}  // namespace lockscope::cli
