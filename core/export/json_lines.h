// JSON lines: a recording as text, for jq, scripts and people, and back again.
//
// Line 1 is the header; then one object a line for each object, each site and, in the recording's order, each event:
//   {"format":"lockscope-json","version":1,"ticks_per_second":1000000000,"finished":true,"dropped_events":0,
//    "objects":2,"sites":1,"events":1,"meta":[["title","…"]]}
//   {"object":1,"type":"thread","name":"worker-1"}
//   {"object":2,"type":"mutex","name":"alice","class":"client","parent":3}
//   {"site":1,"file":"core/daemon/client.cc","line":88,"function":"Read"}
//   {"ticks":4030000,"thread":1,"kind":"lock_acquired","object":2,"arg":1,"site":1,
//    "t_ns":4030000,"thread_name":"worker-1","object_name":"alice","place":"core/daemon/client.cc:88"}
// "t_ns", "place" and what ends in "_name" are derived, for the reader's comfort: import ignores them, and any field
// that it does not know. Numbers are whole and exact up to 64 bits. A text that is not UTF-8 is written as
// {"hex":"66ff"} and comes back as it was.
//
// Export, import, export gives the same text; import gives the recording whose finished form has the same bytes.
// Any thread; a stream belongs to one.
#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::export_ {  // NOLINT(readability-identifier-naming): `export` is a keyword

// Fails where the stream does, or where the trace has an event of a kind without a name.
Result<void> ExportJsonLines(const trace::Trace& trace, std::ostream& out);

// `name` begins an error's one line: "trace.json:12: found "ticks": -1, expected a whole number from 0 to …".
Result<trace::Trace> ImportJsonLines(std::istream& in, const std::string& name);

}  // namespace lockscope::export_
