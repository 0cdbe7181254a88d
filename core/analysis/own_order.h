// The order of locks in a program that has its own classes of them: part of CheckRules. Any thread.
#pragma once

#include "core/analysis/rules.h"

namespace lockscope::analysis {

// Adds the verdict of kOwnLockOrder where the recording has locks of classes that are not the model's. The program itself
// notices a breach of its ranks, and records it; where it did not (another recorder), orders that contradict one another
// are a finding all the same: two threads that meet in them wait for each other for ever.
void CheckOwnOrder(const Timeline& timeline, RuleReport& report);

}  // namespace lockscope::analysis
