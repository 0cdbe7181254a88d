#include "viewer/app/options.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace lockscope::viewer {
namespace {

// A variable of a script that is not set must not look like an option not given.
CLI::Validator NotEmpty() {
  return CLI::Validator(
      [](const std::string& value) { return value.empty() ? "found nothing; a value was expected" : ""; }, "");
}

}  // namespace

int Complain(const Error& error, int exit_code) {
  std::fprintf(stderr, "lockscope-viewer: %s\n", error.message.c_str());
  return exit_code;
}

ParsedOptions ParseOptions(int argc, char** argv) {
  Options options;
  std::string axis;
  std::string theme;
  std::string size;
  CLI::App app("Shows a recording of lockscope: what its threads did, and who waited for whom.", "lockscope-viewer");
  app.footer(
      "A place in the recording is a time since its beginning (12.5ms, 42us) or an event's number (step:123).\n"
      "Ends with 0; 2 if the input cannot be used; 3 if no window can be made.");
  app.add_option("TRACE", options.recording, "The recording (*.lockscope)")->required();
  app.add_option("--at", options.at, "Put the cursor at this place")->type_name("PLACE")->check(NotEmpty());
  app.add_option("--from", options.from, "Show the recording from this place …")->type_name("PLACE")->check(NotEmpty());
  app.add_option("--to", options.to, "… to this place")->type_name("PLACE")->check(NotEmpty());
  CLI::Option* whole = app.add_flag("--whole", options.whole, "Show the whole recording, not its story");
  CLI::Option* unfold = app.add_flag("--unfold", options.unfold_clients, "Show a lane for each client program");
  CLI::Option* form = app.add_option("--axis", axis, "time: true lengths; steps: one column for each event")
                          ->check(CLI::IsMember({"time", "steps"}))
                          ->type_name("FORM");
  app.add_option("--theme", theme, "light or dark")->check(CLI::IsMember({"light", "dark"}))->type_name("NAME");
  CLI::Option* screenshot =
      app.add_option("--screenshot", options.screenshot,
                     "Write what the window would show to this file (- for standard output); needs no display")
          ->type_name("OUT.png")
          ->check(NotEmpty());
  CLI::Option* picture =
      app.add_option("--picture", options.picture,
                     "Write a picture for a page, in words, its cursor at the decisive event: the deadlock that the "
                     "recording ends in, with who waits for whom; or else what became of the run, if it did not end "
                     "well; or else one call, its two threads and two locks. With --at, --from or --to: of that moment "
                     "or part")
          ->type_name("OUT.png")
          ->check(NotEmpty());
  app.add_option("--job", options.job,
                 "The call that the picture is of, by its job's number (default: what became of the run, or the best "
                 "call)")
      ->type_name("N")
      ->needs("--picture");
  app.add_option("--size", size, "Of the window or picture, in pixels (default: 1280x720; a picture: 1600x900)")
      ->type_name("WxH")
      ->check(NotEmpty());
  CLI::Option* scale =
      app.add_option("--scale", options.scale, "Enlarge text and all else in a screenshot (default: 1)")
          ->check(CLI::Range(0.5, 4.0))
          ->type_name("FACTOR")
          ->needs(screenshot);
  // Nothing that is asked for is left out silently.
  for (CLI::Option* other : {screenshot, whole, unfold, form, scale}) picture->excludes(other);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help.
    app.exit(success);
    return {std::nullopt, kExitOk};
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, Complain({fmt::format("{} (try --help)", error.what())}, kExitBadInput)};
  }
  if (!axis.empty()) options.axis = axis == "time" ? AxisForm::kTime : AxisForm::kSteps;
  if (!theme.empty()) options.dark = theme == "dark";
  if (!size.empty()) {
    const Result<PixelSize> parsed = ParseSize(size);
    if (!parsed) return {std::nullopt, Complain(parsed.error(), kExitBadInput)};
    options.size = *parsed;
  } else if (!options.picture.empty()) {
    options.size = {1600, 900};
  }
  return {options, kExitOk};
}

}  // namespace lockscope::viewer
