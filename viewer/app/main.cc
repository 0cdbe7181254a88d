// lockscope-viewer: shows a recording, in a window or as a picture.
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "viewer/app/options.h"
#include "viewer/app/window.h"
#include "viewer/model/session.h"

namespace lockscope::viewer {
namespace {

// Puts cursor and view where the options want them.
Result<void> Arrange(Session& session, const Options& options) {
  const trace::Trace& trace = session.trace();
  if (options.axis && *options.axis != session.axis().form()) {
    session.SetAxis(*options.axis);
    session.Do(Action::kShowStory);
  }
  if (options.whole) session.Do(Action::kShowWhole);
  if (options.unfold_clients) session.Do(Action::kFoldClients);
  if (!options.at.empty()) {
    const Result<Place> at = ParsePlace(options.at, trace);
    if (!at) return tl::make_unexpected(at.error());
    session.GoToTime(at->step, at->ns);
  }
  if (!options.from.empty() || !options.to.empty()) {
    const Result<Place> from = options.from.empty() ? Result<Place>(Place{}) : ParsePlace(options.from, trace);
    const Result<Place> to =
        options.to.empty() ? Result<Place>(Place{trace.size() - 1, trace.end_ns()}) : ParsePlace(options.to, trace);
    if (!from) return tl::make_unexpected(from.error());
    if (!to) return tl::make_unexpected(to.error());
    // Without one of them there is always something to see: the first event or the last one.
    const bool both = !options.from.empty() && !options.to.empty();
    if (both && !IsBefore(*from, *to)) return Fail("--from {} is not before --to {}", options.from, options.to);
    if (session.axis().form() == AxisForm::kTime && from->ns < to->ns) {
      session.viewport().Show(static_cast<double>(from->ns), static_cast<double>(to->ns), 0);
    } else {
      session.ShowSteps(from->step, to->step + 1);
    }
  }
  return {};
}

int Main(int argc, char** argv) {
  const ParsedOptions parsed = ParseOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  const Options& options = *parsed.options;
  Result<trace::Trace> trace = OpenRecording(options.recording);
  if (!trace) return Complain(trace.error(), kExitBadInput);
  Session session(std::move(*trace));
  if (const Result<void> arranged = Arrange(session, options); !arranged) {
    return Complain(arranged.error(), kExitBadInput);
  }
  for (const std::string& out : {options.picture, options.screenshot}) {
    std::error_code ignored;
    if (!out.empty() && std::filesystem::equivalent(out, options.recording, ignored)) {
      return Complain({out + ": this is the recording itself"}, kExitBadInput);
    }
  }
  if (!options.picture.empty()) return RunPicture(session, options);
  return options.screenshot.empty() ? RunWindow(session, options) : RunScreenshot(session, options);
}

}  // namespace
}  // namespace lockscope::viewer

int main(int argc, char** argv) { return lockscope::viewer::Main(argc, argv); }
