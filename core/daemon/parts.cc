#include "core/daemon/parts.h"

#include "core/daemon/client.h"
#include "core/daemon/make_part.h"
#include "core/daemon/server.h"
#include "core/daemon/worker.h"
#include "core/loop/event_loop.h"

namespace lockscope::daemon {

Parts::Parts()
    : event_loop(MakePart<loop::EventLoop>()),
      server(MakePart<Server>()),
      client(MakePart<Client>()),
      worker(MakePart<Worker>()),
      memory_driver(MakePart<MemoryDriver>()) {}

}  // namespace lockscope::daemon
