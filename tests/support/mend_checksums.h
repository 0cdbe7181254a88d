// MendChecksums: makes the checksums of a trace file right again after its bytes have been changed, so that what stands
// behind them is looked at, too.
#pragma once

#include <cstddef>
#include <vector>

namespace lockscope::testing {

// Those of the header and of every section, as far as they follow one another; and the header then says how long the file
// is. Bytes that are too few for a header stay as they are.
void MendChecksums(std::vector<std::byte>& file);

}  // namespace lockscope::testing
