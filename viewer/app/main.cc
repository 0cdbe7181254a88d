// lockscope-viewer: shows a recording, in a window or as a picture.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "viewer/app/options.h"
#include "viewer/app/window.h"
#include "viewer/model/session.h"

namespace lockscope::viewer {
namespace {

// What the options say about places; nothing where they say nothing.
struct Wanted {
  std::optional<Place> at;
  std::optional<std::pair<Place, Place>> part;
};

Result<Wanted> ParsePlaces(const Options& options, const trace::Trace& trace) {
  Wanted wanted;
  if (!options.at.empty()) {
    const Result<Place> at = ParsePlace(options.at, trace);
    if (!at) return tl::make_unexpected(at.error());
    wanted.at = *at;
  }
  if (options.from.empty() && options.to.empty()) return wanted;
  const Result<Place> from = options.from.empty() ? Result<Place>(Place{}) : ParsePlace(options.from, trace);
  const Result<Place> to =
      options.to.empty() ? Result<Place>(Place{trace.size() - 1, trace.end_ns()}) : ParsePlace(options.to, trace);
  if (!from) return tl::make_unexpected(from.error());
  if (!to) return tl::make_unexpected(to.error());
  // Without one of them there is always something to see: the first event or the last one.
  const bool both = !options.from.empty() && !options.to.empty();
  if (both && !IsBefore(*from, *to)) return Fail("--from {} is not before --to {}", options.from, options.to);
  wanted.part = {*from, *to};
  return wanted;
}

// Puts cursor and view where the options want them.
void Arrange(Session& session, const Options& options, const Wanted& wanted) {
  if (options.axis && *options.axis != session.axis().form()) {
    session.SetAxis(*options.axis);
    session.Do(Action::kShowStory);
  }
  if (options.whole) session.Do(Action::kShowWhole);
  if (options.unfold_clients) session.Do(Action::kFoldClients);
  if (wanted.at) session.GoToTime(wanted.at->step, wanted.at->ns);
  if (!wanted.part) return;
  const auto& [from, to] = *wanted.part;
  if (session.axis().form() == AxisForm::kTime && from.ns < to.ns) {
    session.viewport().Show(static_cast<double>(from.ns), static_cast<double>(to.ns), 0);
  } else {
    session.ShowSteps(from.step, to.step + 1);
  }
}

// The same for a picture, which has its cursor in what it shows.
Result<PictureWish> WishOf(const Session& session, const Options& options, const Wanted& wanted) {
  PictureWish wish;
  // A scenario's words have no column: what is meant is the event that they belong to.
  const auto event = [&](const Place& place) { return session.captions().EventAt(place.step); };
  if (wanted.at) wish.cursor = event(*wanted.at);
  if (!wanted.part) return wish;
  wish.from = event(wanted.part->first);
  wish.to = event(wanted.part->second);
  if (wish.cursor && (*wish.cursor < *wish.from || *wish.cursor > *wish.to)) {
    const std::string from = options.from.empty() ? "the beginning" : "--from " + options.from;
    const std::string to = options.to.empty() ? "the end" : "--to " + options.to;
    return Fail("--at {} is not between {} and {}: the cursor would not be in the picture", options.at, from, to);
  }
  return wish;
}

int Main(int argc, char** argv) {
  const ParsedOptions parsed = ParseOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  const Options& options = *parsed.options;
  Result<trace::Trace> trace = OpenRecording(options.recording);
  if (!trace) return Complain(trace.error(), kExitBadInput);
  Session session(std::move(*trace));
  const Result<Wanted> wanted = ParsePlaces(options, session.trace());
  if (!wanted) return Complain(wanted.error(), kExitBadInput);
  for (const std::string& out : {options.picture, options.screenshot}) {
    std::error_code ignored;
    if (!out.empty() && std::filesystem::equivalent(out, options.recording, ignored)) {
      return Complain({out + ": this is the recording itself"}, kExitBadInput);
    }
  }
  if (!options.picture.empty()) {
    const Result<PictureWish> wish = WishOf(session, options, *wanted);
    return wish ? RunPicture(session, options, *wish) : Complain(wish.error(), kExitBadInput);
  }
  Arrange(session, options, *wanted);
  return options.screenshot.empty() ? RunWindow(session, options) : RunScreenshot(session, options);
}

}  // namespace
}  // namespace lockscope::viewer

int main(int argc, char** argv) { return lockscope::viewer::Main(argc, argv); }
