// A recording as comma-separated values (RFC 4180): a header, then a row an event, in the recording's order. The columns
// are the fields that JSON lines have for an event, under the same names; "step" counts the rows from 0.
//
//   step,ticks,t_ns,thread,thread_name,kind,object,object_name,arg,arg_name,site,place
//   1,4030000,4030000,1,worker-1,lock_acquired,2,alice,1,,1,core/daemon/client.cc:88
// Where JSON leaves a field out, it is empty here. There is no way back: import reads JSON lines. Any thread; a stream
// belongs to one.
#pragma once

#include <ostream>

#include "core/base/result.h"
#include "core/trace/trace.h"

namespace lockscope::export_ {  // NOLINT(readability-identifier-naming): `export` is a keyword

// Fails where the stream does.
Result<void> ExportCsv(const trace::Trace& trace, std::ostream& out);

}  // namespace lockscope::export_
