#include "tests/lectures/first_trace.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/check.h"
#include "core/trace/trace_file.h"

namespace lockscope::lectures {

using analysis::Activity;
using analysis::Job;
using analysis::LockWait;
using analysis::Sentence;

FirstTrace::FirstTrace(const std::string& file) {
  Result<trace::Trace> trace = trace::ReadTrace(file);
  LS_CHECK(trace.has_value(), "{}", trace.error().message);
  trace_ = std::make_unique<const trace::Trace>(std::move(*trace));
  timeline_ = std::make_unique<const analysis::Timeline>(*trace_);
}

const Job* FirstTrace::Call(std::string_view client, std::string_view procedure) const {
  for (const Job& job : timeline_->jobs()) {
    if (trace_->Name(job.client) == client && trace_->Name(job.procedure) == procedure) return &job;
  }
  return nullptr;
}

const LockWait* FirstTrace::WaitAtHandoff(const Job& job) const {
  if (job.woken == Job::kNever || job.signalled == Job::kNever || job.woken < job.signalled) return nullptr;
  for (const LockWait& wait : timeline_->waits()) {
    if (wait.thread != job.worker || trace_->object(wait.lock).parent != job.client) continue;
    if (wait.from < job.woken || wait.to > job.taken || wait.blocking_hold < 0) continue;
    const analysis::Hold& hold = timeline_->holds()[static_cast<size_t>(wait.blocking_hold)];
    if (hold.thread == trace_->thread(job.queued) && hold.Contains(job.queued)) return &wait;
  }
  return nullptr;
}

size_t FirstTrace::WorkersInDriverCalls(size_t step) const {
  size_t count = 0;
  for (size_t i = 0; i < trace_->threads().size(); ++i) {
    if (timeline_->RoleOf(trace_->threads()[i]) != trace::Role::kWorker) continue;
    count += timeline_->ActivityAt(i, step).activity == Activity::kDriverCall ? 1 : 0;
  }
  return count;
}

std::string FirstTrace::Answer(int question) const {
  const std::string text = question == 1 ? WhoStandsStill() : question == 2 ? WhoIsInTheWay() : WhoIsTakenFirst();
  return text.empty() ? "" : fmt::format("Answer {}: {}", question, text);
}

std::string FirstTrace::WhoStandsStill() const {
  const analysis::Story story = analysis::FindStory(*timeline_);
  const std::vector<Sentence> sentences = analysis::SentencesAt(*timeline_, story.cursor, story.cursor_ns);
  const auto blocked = std::ranges::count(sentences, Sentence::About::kBlockedThread, &Sentence::about);
  std::string loop_does;
  for (size_t i = 0; i < trace_->threads().size(); ++i) {
    if (timeline_->RoleOf(trace_->threads()[i]) != trace::Role::kEventLoop) continue;
    loop_does = analysis::ActivityPhrase(*trace_, timeline_->ActivityAt(i, story.cursor));
  }
  return fmt::format("threads that want a lock: {}; the event loop: {}; workers in driver calls: {} of {}",
                     blocked == 0 ? "none" : std::to_string(blocked), loop_does, WorkersInDriverCalls(story.cursor),
                     timeline_->workers().size());
}

std::string FirstTrace::WhoIsInTheWay() const {
  const Job* job = Call("alice", "domain_list");
  const LockWait* wait = job == nullptr ? nullptr : WaitAtHandoff(*job);
  if (wait == nullptr) return "";
  std::string held;
  for (const uint32_t hold : timeline_->HeldBy(wait->thread, wait->from)) {
    held += (held.empty() ? "" : " and ") + analysis::LockPhrase(*trace_, timeline_->holds()[hold].lock);
  }
  const ObjectId holder = timeline_->holds()[static_cast<size_t>(wait->blocking_hold)].thread;
  return fmt::format("{} holds {} and wants {}, which the {} holds; it has it {} later", trace_->Name(wait->thread),
                     held.empty() ? "nothing" : held, analysis::LockPhrase(*trace_, wait->lock), trace_->Name(holder),
                     analysis::FormatDuration(timeline_->LengthNs(*wait)));
}

std::string FirstTrace::WhoIsTakenFirst() const {
  const Job* job = Call("dave", "domain_list");
  if (job == nullptr) return "";
  const std::vector<const Job*> calls = analysis::JobsThatOvertook(*timeline_, *job);
  std::string names;
  for (const Job* call : calls) {
    names +=
        fmt::format("{}{}'s {}", names.empty() ? "" : ", ", trace_->Name(call->client), trace_->Name(call->procedure));
  }
  return fmt::format("it lies in dx for {}, and {} calls that came later are taken before it: {}",
                     analysis::FormatDuration(timeline_->QueuedNs(*job)), calls.size(), names);
}

std::vector<std::string> FirstTrace::Sentences() const {
  std::vector<std::string> all;
  const auto add = [&all](const std::vector<Sentence>& sentences) {
    for (const Sentence& sentence : sentences) all.push_back(sentence.text);
  };
  const analysis::Story story = analysis::FindStory(*timeline_);
  add(analysis::SentencesAt(*timeline_, story.cursor, story.cursor_ns));
  if (const Job* job = Call("alice", "domain_list"); job != nullptr) {
    if (const LockWait* wait = WaitAtHandoff(*job)) add(analysis::SentencesAt(*timeline_, wait->from));
  }
  if (const auto wait = analysis::FindLongestWait(*timeline_)) all.push_back(wait->text);
  if (const auto wait = analysis::FindLongestLockWait(*timeline_)) all.push_back(wait->text);
  return all;
}

}  // namespace lockscope::lectures
