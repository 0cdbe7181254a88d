#include <GL/gl.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <functional>
#include <memory>
#include <string>

#include "viewer/app/offscreen.h"
#include "viewer/app/window.h"
#include "viewer/view/picture_frame.h"
#include "viewer/view/ui.h"

namespace lockscope::viewer {
namespace {

// The first frames measure, the last one is kept.
constexpr int kFrames = 3;

// Draws frames without a display and writes the last one. `frame` draws one, with fonts loaded at `scale`.
int DrawToFile(const std::string& file, PixelSize size, float scale,
               const std::function<void(const Fonts& fonts, ImVec2 size)>& frame) {
  auto offscreen = Offscreen::Make(size);
  if (!offscreen) return Complain(offscreen.error(), kExitNoWindow);
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.DisplaySize = {static_cast<float>(size.width), static_cast<float>(size.height)};
  io.DeltaTime = 1.0f / 60;
  Fonts fonts;
  Result<void> done = fonts.Load(scale);
  if (done) {
    ImGui_ImplOpenGL3_Init("#version 330 core");
    for (int i = 0; i < kFrames; ++i) {
      ImGui_ImplOpenGL3_NewFrame();
      ImGui::NewFrame();
      frame(fonts, io.DisplaySize);
      ImGui::Render();
    }
    glViewport(0, 0, size.width, size.height);
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    glFinish();
    done = WritePng(file, size, (*offscreen)->ReadPixels());
    ImGui_ImplOpenGL3_Shutdown();
  }
  ImGui::DestroyContext();
  return done ? kExitOk : Complain(done.error(), kExitBadInput);
}

}  // namespace

int RunScreenshot(Session& session, const Options& options) {
  // A screenshot is a function of the recording and the options: what a window remembered has no say in it.
  Preferences preferences;
  preferences.dark = options.dark.value_or(true);
  std::unique_ptr<Ui> ui;
  return DrawToFile(options.screenshot, options.size, options.scale, [&](const Fonts& fonts, ImVec2 size) {
    if (ui == nullptr) ui = std::make_unique<Ui>(session, fonts, preferences);
    ui->Frame(size, options.scale);
  });
}

int RunPicture(const Session& session, const Options& options, const PictureWish& wish) {
  const Result<Picture> picture = ComposePicture(session.content(), options.job, wish);
  if (!picture) return Complain(picture.error(), kExitBadInput);
  const Theme& theme = options.dark.value_or(false) ? Theme::Dark() : Theme::Light();
  const float scale = PictureScale({static_cast<float>(options.size.width), static_cast<float>(options.size.height)});
  return DrawToFile(options.picture, options.size, scale, [&](const Fonts& fonts, ImVec2 size) {
    ApplyStyle(theme, scale);
    PictureFrame(session, *picture, {&theme, &fonts, scale}, size);
  });
}

}  // namespace lockscope::viewer
