# Compiles one CASE and says whether clang's thread-safety analysis judged it as expected (see CMakeLists.txt).
set(flags -std=c++20 -fsyntax-only -Wthread-safety -Wthread-safety-beta -Wthread-safety-negative -Werror -I${ROOT})
list(REMOVE_ITEM INCLUDES ${ROOT})  # A directory that is both -I and -isystem would lose its own warnings.
list(REMOVE_ITEM INCLUDES ${IMPLICIT})  # And the compiler's own, named again, come too early for #include_next.
foreach(directory ${INCLUDES})
  list(APPEND flags -isystem ${directory})
endforeach()
execute_process(COMMAND ${COMPILER} ${flags} ${CASE}
  RESULT_VARIABLE status ERROR_VARIABLE messages OUTPUT_VARIABLE messages)

if(CASE MATCHES "\\.ok\\.cc$")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "The correct version does not compile:\n${messages}")
  endif()
  return()
endif()

file(STRINGS ${CASE} first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "The first line must be \"// expect: \" and a part of the compiler's message")
endif()
set(expected "${CMAKE_MATCH_1}")
if(status EQUAL 0)
  message(FATAL_ERROR "It compiles, and must not. Expected: ${expected}")
endif()
string(FIND "${messages}" "${expected}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "Refused, but not with: ${expected}\n${messages}")
endif()
# The expected message beside an error of another kind would pass for the wrong reason.
string(REGEX MATCHALL "[^\n]* error: [^\n]*" errors "${messages}")
foreach(error ${errors})
  if(NOT error MATCHES "-Wthread-safety")
    message(FATAL_ERROR "Refused for a reason of another kind as well:\n${error}")
  endif()
endforeach()
