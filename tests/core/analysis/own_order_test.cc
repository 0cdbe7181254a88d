// Recordings of other programs: locks of classes that the model does not know.
#include "core/analysis/own_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/analysis/outcome.h"
#include "core/trace/trace_builder.h"
#include "tests/support/sample_trace.h"

namespace lockscope::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using trace::EventKind;
using trace::Trace;

class OwnOrderTest : public ::testing::Test {
 protected:
  OwnOrderTest()
      : teller_(b_.Thread("teller")),
        account_(b_.Mutex("account 1", "account")),
        ledger_(b_.Mutex("ledger", "ledger")) {}

  RuleReport Check() {
    trace_ = b_.Build();
    return CheckRules(Timeline(trace_));
  }
  void TakeBoth(ObjectId first, ObjectId second, int line) {
    b_.On(teller_, "bank.cc", line).Acquire(first).On(teller_, "bank.cc", line + 1).Acquire(second);
    b_.Release(second).Release(first);
  }

  trace::TraceBuilder b_;
  const ObjectId teller_;
  const ObjectId account_;
  const ObjectId ledger_;
  Trace trace_;
};

TEST_F(OwnOrderTest, ARecordingOfTheModelHasNoVerdictOnIt) {
  const Trace sample = testing::FourClientsThreeWorkers();
  EXPECT_THAT(CheckRules(Timeline(sample)).verdicts, SizeIs(AllRules().size()));
}

TEST_F(OwnOrderTest, IsKeptWhereEveryThreadTakesTheClassesInTheSameOrder) {
  TakeBoth(account_, ledger_, 10);
  TakeBoth(account_, ledger_, 20);
  const RuleReport report = Check();
  EXPECT_THAT(report.findings, IsEmpty());
  ASSERT_THAT(report.verdicts, SizeIs(AllRules().size() + 1));
  EXPECT_EQ(report.verdicts.back().rule, kOwnLockOrder);
  EXPECT_EQ(report.verdicts.back().verdict, Verdict::kKept);
  EXPECT_EQ(report.verdicts.back().checked, 2u);
}

TEST_F(OwnOrderTest, IsNotCheckedWhereNoLockIsAskedForUnderAnother) {
  b_.On(teller_).Acquire(account_).Release(account_);
  const RuleReport report = Check();
  EXPECT_EQ(report.verdicts.back().verdict, Verdict::kNotChecked);
  EXPECT_EQ(report.verdicts.back().why_not, "no lock is asked for while another is held");
}

TEST_F(OwnOrderTest, TheModelsRulesAreNotCheckedOnIt) {
  TakeBoth(account_, ledger_, 10);
  const RuleReport report = Check();
  for (const RuleVerdict& verdict : report.verdicts) {
    if (verdict.rule == kOwnLockOrder) continue;
    EXPECT_EQ(verdict.verdict, Verdict::kNotChecked) << "R" << verdict.rule;
    EXPECT_NE(verdict.why_not, "") << "R" << verdict.rule;
  }
}

TEST_F(OwnOrderTest, ABreachThatTheProgramNoticedIsAFinding) {
  b_.On(teller_, "bank.cc", 10).Acquire(ledger_);
  b_.On(teller_, "bank.cc", 11).Record(EventKind::kRuleBroken, account_, trace::PackRuleAndObject(0, ledger_));
  b_.Acquire(account_).Release(account_).Release(ledger_);
  const RuleReport report = Check();
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].rule, kOwnLockOrder);
  EXPECT_EQ(report.findings[0].where, "bank.cc:11");
  EXPECT_EQ(report.findings[0].text, "teller asks for lock account 1 while it holds lock ledger.");
  EXPECT_EQ(report.verdicts.back().verdict, Verdict::kBroken);
  EXPECT_THAT(FindOutcome(Timeline(trace_), report).sentence, HasSubstr("lock order is broken at bank.cc:11: teller"));
}

TEST_F(OwnOrderTest, OrdersThatContradictOneAnotherAreAFindingWhereNobodyNoticed) {
  TakeBoth(account_, ledger_, 10);
  TakeBoth(ledger_, account_, 20);
  const RuleReport report = Check();
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].where, "bank.cc:21");
  EXPECT_EQ(report.findings[0].text,
            "Locks are taken in orders that contradict one another: account before ledger (at bank.cc:11) and ledger "
            "before account (at bank.cc:21).");
  EXPECT_EQ(report.verdicts.back().verdict, Verdict::kBroken);
}

TEST_F(OwnOrderTest, TwoLocksOfOneClassAreNoCircleByThemselves) {
  const ObjectId other = b_.Mutex("account 2", "account");
  TakeBoth(account_, other, 10);
  EXPECT_EQ(Check().verdicts.back().verdict, Verdict::kKept) << "whether they may is for the program's ranks to say";
}

TEST_F(OwnOrderTest, IsNotCheckedWhereOnlyWaitsWereRecorded) {
  b_.Meta("locks", "contended");
  TakeBoth(account_, ledger_, 10);
  TakeBoth(ledger_, account_, 20);
  const RuleReport report = Check();
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_EQ(report.verdicts.back().why_not, "the recording has only acquisitions that had to wait");
}

TEST_F(OwnOrderTest, ItsVerdictAndMendHaveWords) {
  EXPECT_EQ(RuleTitle(kOwnLockOrder), "lock order");
  EXPECT_EQ(RuleTitle(1), "R1 server-before-client");
  EXPECT_THAT(RuleMend(kOwnLockOrder), HasSubstr("ranks"));
  EXPECT_EQ(RuleMend(2), AllRules()[1].mend);
}

}  // namespace
}  // namespace lockscope::analysis
