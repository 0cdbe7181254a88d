// A small project planted in a temporary folder, so that a hygiene test can prove that it fails where it should.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/project/source_tree.h"

namespace lockscope::project {

class PlantedTree : public testing::Test {
 protected:
  PlantedTree() : root_(std::filesystem::path(testing::TempDir()) / ("lockscope-planted-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  ~PlantedTree() override { std::filesystem::remove_all(root_); }

  void Plant(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  SourceTree Tree() const { return SourceTree(root_); }

 private:
  std::filesystem::path root_;
};

}  // namespace lockscope::project
