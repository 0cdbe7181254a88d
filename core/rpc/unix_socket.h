// A client's way to a Unix socket, and the name it gives itself there.
//
// A recording is easier to read when a client is "alice" and not "client 3". The protocol has no field for that, but a
// Unix socket has an address at both ends: a client that wants a name binds its own end to an abstract address
// (unix(7)) that ends in the name before it connects, and the daemon finds it in what accept(2) says of the peer.
// A client that does not take part, virsh for one, simply has no name. Any thread.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/rpc/fd_transport.h"

namespace lockscope::rpc {

// A name is 1 to 32 of A-Z a-z 0-9 _ . - : it is printed on screens and written to files, and a peer chooses it.
bool IsPeerName(std::string_view name);

// A blocking connection to the socket at `path`; own_name is "" or a peer name.
Result<std::unique_ptr<FdTransport>> ConnectUnix(const std::string& path, std::string_view own_name);

// The name in a peer's address as accept(2) fills it in, length included; "" if it holds none.
std::string PeerNameOf(const sockaddr_un& address, socklen_t length);

}  // namespace lockscope::rpc
