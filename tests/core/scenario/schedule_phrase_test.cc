#include "core/scenario/schedule_phrase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/daemon/dispatcher.h"

namespace lockscope::scenario {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using trace::EventKind;
constexpr auto kEvent = Until::What::kEvent;

std::string ErrorOf(std::string_view phrase) {
  const Result<Until> until = ParseUntil(phrase);
  return until ? "fine: " + UntilPhrase(*until) : until.error().message;
}

TEST(SchedulePhraseTest, AVerbMeansAnEventAndItsObjectOneOfThem) {
  EXPECT_EQ(ParseUntil("blocked").value(), (Until{Until::What::kBlocked, EventKind{}, "", ""}));
  EXPECT_EQ(ParseUntil("holds client alice").value(), (Until{kEvent, EventKind::kLockAcquired, "client", "alice"}));
  EXPECT_EQ(ParseUntil("wants server").value(), (Until{kEvent, EventKind::kLockRequested, "server", ""}));
  EXPECT_EQ(ParseUntil("releases loop").value(), (Until{kEvent, EventKind::kLockReleased, "loop", ""}));
  EXPECT_EQ(ParseUntil("holds").value(), (Until{kEvent, EventKind::kLockAcquired, "", ""}));
  EXPECT_EQ(ParseUntil("holds client").value(), (Until{kEvent, EventKind::kLockAcquired, "client", ""}));
  EXPECT_EQ(ParseUntil("returns from poll").value(), (Until{kEvent, EventKind::kPollReturned, "", ""}));
  EXPECT_EQ(ParseUntil("shakes hands with bob").value(), (Until{kEvent, EventKind::kHandshakeEnded, "", "bob"}));
  EXPECT_EQ(ParseUntil("queues domain_list").value(), (Until{kEvent, EventKind::kJobQueued, "", "domain_list"}));
  EXPECT_EQ(ParseUntil("takes").value(), (Until{kEvent, EventKind::kJobTaken, "", ""}));
  EXPECT_EQ(ParseUntil("joins worker-2").value(), (Until{kEvent, EventKind::kJoinBegan, "", "worker-2"}));
}

TEST(SchedulePhraseTest, ACallEndsAndSoDoesAThread) {
  EXPECT_EQ(ParseUntil("ends hostname").value(), (Until{kEvent, EventKind::kCallEnded, "", "hostname"}));
  EXPECT_EQ(ParseUntil("ends").value(), (Until{kEvent, EventKind::kThreadEnded, "", ""}));
}

TEST(SchedulePhraseTest, EveryVerbReadBackIsItself) {
  for (const UntilVerb& row : AllUntilVerbs()) {
    std::vector<std::string> phrases;
    if (!row.needs_object) phrases.emplace_back(row.verb);
    const std::string with = std::string(row.verb) + " ";
    if (row.object == UntilObject::kLock) {
      for (const char* lock : {"server", "loop", "driver", "client", "client alice"}) phrases.push_back(with + lock);
    }
    if (row.object == UntilObject::kCall) {
      for (const std::string& call : WireCalls()) phrases.push_back(with + call);
    }
    if (row.object == UntilObject::kClient || row.object == UntilObject::kThread) phrases.push_back(with + "alice");
    for (const std::string& phrase : phrases) {
      const Result<Until> until = ParseUntil(phrase);
      ASSERT_TRUE(until) << until.error().message;
      EXPECT_EQ(until->what, row.what) << phrase;
      EXPECT_EQ(until->kind, row.kind) << phrase;
      EXPECT_EQ(UntilPhrase(*until), phrase);
    }
    EXPECT_THAT(UntilVerbs(), Contains(row.verb));
  }
}

TEST(SchedulePhraseTest, NoTwoVerbsMeanTheSame) {
  for (const UntilVerb& row : AllUntilVerbs()) {
    for (const UntilVerb& other : AllUntilVerbs()) {
      if (&row != &other) {
        EXPECT_FALSE(row.what == other.what && row.kind == other.kind) << row.verb << " and " << other.verb;
      }
    }
  }
}

TEST(SchedulePhraseTest, TheCallsOnTheWireAreTheDaemonsOwn) {
  for (const std::string& call : WireCalls()) {
    bool found = false;
    for (int32_t procedure = 0; procedure < 500; ++procedure) {
      found |= daemon::Dispatcher::ProcedureName(rpc::kRemoteProgram, procedure) == call;
    }
    EXPECT_TRUE(found) << call;
  }
}

TEST(SchedulePhraseTest, AWrongPhraseIsAnsweredWithTheNearestRightOne) {
  EXPECT_EQ(ErrorOf("hold client alice"), "'hold client alice' begins with no known verb; did you mean 'holds'?");
  EXPECT_EQ(ErrorOf("return from pol"),
            "'return from pol' begins with no known verb; did you mean 'returns from poll'?");
  EXPECT_THAT(ErrorOf("dances"),
              HasSubstr("'dances' begins with no known verb; known are blocked, stops, wants, holds"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("'' begins with no known verb; known are"));
  EXPECT_EQ(ErrorOf("holds clint alice"), "'holds': unknown lock 'clint alice'; did you mean 'client alice'?");
  EXPECT_EQ(ErrorOf("holds alice"), "'holds': unknown lock 'alice'; known are server, loop, driver, client NAME");
  EXPECT_EQ(ErrorOf("holds server alice"), "'holds': unknown lock 'server alice'; did you mean 'server'?");
  EXPECT_EQ(ErrorOf("holds client al ice"),
            "'holds': unknown lock 'client al ice'; known are server, loop, driver, client NAME");
  EXPECT_EQ(ErrorOf("holds "), "'holds': unknown lock ''; known are server, loop, driver, client NAME");
  EXPECT_EQ(ErrorOf("ends domain_lst"), "'ends': unknown call 'domain_lst'; did you mean 'domain_list'?");
  EXPECT_THAT(ErrorOf("begins reboot"),
              HasSubstr("'begins': unknown call 'reboot'; known are auth_list, connect_open"));
  EXPECT_EQ(ErrorOf("polls again"), "'polls' stands alone; nothing was expected after it, not 'again'");
  EXPECT_EQ(ErrorOf("shakes hands with"), "'shakes hands with' says not what; a name was expected after it");
  EXPECT_EQ(ErrorOf("accepts al ice"), "'accepts' is followed by one name; 'al ice' was found");
}

}  // namespace
}  // namespace lockscope::scenario
