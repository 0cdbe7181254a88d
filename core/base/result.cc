#include "core/base/result.h"

#include <system_error>

namespace lockscope {

std::string ErrnoText(int error_number) { return std::generic_category().message(error_number); }

}  // namespace lockscope
