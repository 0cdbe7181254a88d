# Copies the headers that a user of the library needs: core/sync/lockscope.h, what it includes of ours, what that
# includes, and so on; nothing else, and no list that could miss one. In the tree an include begins with "core/": a name
# that a user's own tree may well have. Installed, it begins with "lockscope/".
#
# ROOT: the project's root. DESTINATION: the folder in which the folder lockscope/ is made.
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${DESTINATION}/lockscope)
set(waiting core/sync/lockscope.h)
set(copied)
while(waiting)
  list(POP_FRONT waiting header)
  if(header IN_LIST copied)
    continue()
  endif()
  list(APPEND copied ${header})
  file(READ ${ROOT}/${header} text)
  string(REGEX MATCHALL "#include \"core/[^\"]+\"" includes "${text}")
  foreach(include ${includes})
    string(REGEX REPLACE "#include \"(.*)\"" "\\1" included ${include})
    list(APPEND waiting ${included})
  endforeach()
  # Straight from one file to the other: a list of CMake's would lose brackets and semicolons.
  string(REPLACE "#include \"core/" "#include \"lockscope/" text "${text}")
  if(header STREQUAL core/sync/lockscope.h)
    set(installed lockscope/lockscope.h)
  else()
    string(REGEX REPLACE "^core/" "lockscope/" installed ${header})
  endif()
  file(WRITE ${DESTINATION}/${installed} "${text}")
  message(STATUS "Header: ${DESTINATION}/${installed}")
endwhile()
