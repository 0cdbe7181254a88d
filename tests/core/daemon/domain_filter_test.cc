#include "core/daemon/domain_filter.h"

#include <gtest/gtest.h>

namespace lockscope::daemon {
namespace {

constexpr uint32_t kActive = 1, kInactive = 2, kPersistent = 4, kTransient = 8, kRunning = 16, kPaused = 32,
                   kShutOff = 64, kOther = 128, kSaved = 256, kNotSaved = 512, kAutostart = 1'024, kNoAutostart = 2'048,
                   kSnapshot = 4'096, kNoSnapshot = 8'192, kCheckpoint = 16'384, kNoCheckpoint = 32'768;

Domain Running() {
  Domain domain;
  domain.ref.id = 1;
  domain.status.state = DomainState::kRunning;
  return domain;
}

void ExpectAdmitted(const Domain& domain, uint32_t of_its_kind, uint32_t of_others) {
  for (uint32_t kind = 1; kind <= kNoCheckpoint; kind *= 2) {
    EXPECT_EQ(DomainFilter{kind}.Admits(domain), (of_its_kind & kind) != 0) << kind;
  }
  EXPECT_TRUE(DomainFilter{of_its_kind}.Admits(domain));
  EXPECT_FALSE(DomainFilter{of_others}.Admits(domain));
  EXPECT_TRUE(DomainFilter{of_its_kind | of_others}.Admits(domain)) << "both of each pair: whichever";
  EXPECT_TRUE(DomainFilter{}.Admits(domain)) << "what is not asked for does not count";
}

TEST(DomainFilterTest, EachKindAdmitsItsOwn) {
  const uint32_t none_of = kNoSnapshot | kNoCheckpoint;
  ExpectAdmitted(Running(), kActive | kPersistent | kRunning | kNotSaved | kNoAutostart | none_of,
                 kInactive | kTransient | kPaused | kShutOff | kOther | kSaved | kAutostart | kSnapshot | kCheckpoint);
  Domain off;
  off.ref.id = -1;
  off.status.state = DomainState::kShutOff;
  off.managed_save = off.autostart = true;
  ExpectAdmitted(
      off, kInactive | kPersistent | kShutOff | kSaved | kAutostart | none_of,
      kActive | kTransient | kRunning | kPaused | kOther | kNotSaved | kNoAutostart | kSnapshot | kCheckpoint);
  Domain other = Running();
  other.persistent = false;
  other.status.state = DomainState::kNoState;
  ExpectAdmitted(
      other, kActive | kTransient | kOther | kNotSaved | kNoAutostart | none_of,
      kInactive | kPersistent | kRunning | kPaused | kShutOff | kSaved | kAutostart | kSnapshot | kCheckpoint);
}

TEST(DomainFilterTest, EveryGroupMustAgree) {
  EXPECT_TRUE((DomainFilter{kActive | kRunning | kPaused}.Admits(Running())));
  EXPECT_FALSE((DomainFilter{kActive | kPaused}.Admits(Running())));
  EXPECT_FALSE((DomainFilter{kInactive | kRunning}.Admits(Running())));
}

}  // namespace
}  // namespace lockscope::daemon
