// Bug: a client is read on, however many of its requests are under way.
//
// The author's thought: "What has come has come; why leave it in the socket?" A client that sends faster than it is served
// now fills the daemon's memory instead of its own: dx grows as long as it likes. Where the daemon stops to read, the
// socket fills, and the client has to wait with its next call: back-pressure, for nothing.
// No rule of the model stands against it; what tells is the length of dx.
#include "core/daemon/bugs/install.h"
#include "core/daemon/client.h"
#include "core/daemon/make_part.h"

namespace lockscope::daemon::bugs {
namespace {

class UnthrottledClient final : public Client {
 public:
  using Client::Client;

 private:
  bool MayReadOn() const override LS_REQUIRES(sync::client_held);
};

bool UnthrottledClient::MayReadOn() const { return true; }

}  // namespace

void InstallNoThrottle(Parts& parts) { parts.client = MakePart<UnthrottledClient>(); }

}  // namespace lockscope::daemon::bugs
