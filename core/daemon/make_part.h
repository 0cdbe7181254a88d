// MakePart: the factory of a part (core/daemon/parts.h) that makes a Class, which is constructed from what the factory is
// given. For the correct parts, and for bugs that put a class of their own in one's place. Any thread.
#pragma once

#include <memory>
#include <utility>

namespace lockscope::daemon {

template <typename Class>
auto MakePart() {
  return [](auto&&... arguments) { return std::make_unique<Class>(std::forward<decltype(arguments)>(arguments)...); };
}

}  // namespace lockscope::daemon
