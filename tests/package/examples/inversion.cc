// A program that takes its locks against the order that it gave them itself: no deadlock this time, as it is alone.
// By default the guard stops it; with the argument "record" it goes on, and the recording has the breach.
#include <lockscope/lockscope.h>

#include <cstdio>
#include <string_view>

namespace {

inline constexpr lockscope::LockClass kAccountLock{"account", 10};
inline constexpr lockscope::LockClass kLedgerLock{"ledger", 20};
inline constexpr lockscope::LockClass kPageLock{"page", 30, &kLedgerLock};  // Pages are reached through the ledger.

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "record") {
    lockscope::SetGuardPolicy(lockscope::GuardPolicy::kRecord);
  }
  auto recorder = lockscope::Recorder::Start("inversion.lockscope", {{"title", "Against the order"}});
  if (!recorder) return 1;
  const lockscope::NamedThread self("main");
  lockscope::Mutex account(kAccountLock, "account 1");
  lockscope::Mutex ledger(kLedgerLock, "ledger");
  lockscope::Mutex page(kPageLock, "page 7");
  {
    const lockscope::MutexLock ledger_lock(ledger);
    const lockscope::MutexLock account_lock(account);
  }
  const lockscope::MutexLock page_lock(page);
  const lockscope::Result<lockscope::Trace> trace = (*recorder)->Finish();
  if (!trace) std::fprintf(stderr, "%s\n", trace.error().message.c_str());
  return trace ? 0 : 1;
}
