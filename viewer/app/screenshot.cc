#include <GL/gl.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <cstdio>

#include "viewer/app/offscreen.h"
#include "viewer/app/window.h"
#include "viewer/view/ui.h"

namespace lockscope::viewer {
namespace {

// The first frames measure, the last one is kept.
constexpr int kFrames = 3;

int Complain(const Error& error, int exit_code) {
  std::fprintf(stderr, "lockscope-viewer: %s\n", error.message.c_str());
  return exit_code;
}

}  // namespace

int RunScreenshot(Session& session, const Options& options) {
  auto offscreen = Offscreen::Make(options.size);
  if (!offscreen) return Complain(offscreen.error(), kExitNoWindow);
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.DisplaySize = {static_cast<float>(options.size.width), static_cast<float>(options.size.height)};
  io.DeltaTime = 1.0f / 60;
  Fonts fonts;
  // A screenshot is a function of the recording and the options: what a window remembered has no say in it.
  Preferences preferences;
  preferences.dark = options.dark.value_or(true);
  Ui ui(session, fonts, preferences);
  const Result<void> loaded = fonts.Load(options.scale);
  Result<void> written = {};
  if (loaded) {
    ImGui_ImplOpenGL3_Init("#version 330 core");
    for (int frame = 0; frame < kFrames; ++frame) {
      ImGui_ImplOpenGL3_NewFrame();
      ImGui::NewFrame();
      ui.Frame(io.DisplaySize, options.scale);
      ImGui::Render();
    }
    glViewport(0, 0, options.size.width, options.size.height);
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    glFinish();
    written = WritePng(options.screenshot, options.size, (*offscreen)->ReadPixels());
    ImGui_ImplOpenGL3_Shutdown();
  }
  ImGui::DestroyContext();
  if (!loaded) return Complain(loaded.error(), kExitBadInput);
  if (!written) return Complain(written.error(), kExitBadInput);
  return kExitOk;
}

}  // namespace lockscope::viewer
