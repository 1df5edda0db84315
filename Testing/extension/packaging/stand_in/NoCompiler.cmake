# The extension has nothing to compile: its build is tried where no compiler is installed, too.
foreach(language C CXX)
  set(CMAKE_${language}_COMPILER "${CMAKE_COMMAND}")
  set(CMAKE_${language}_COMPILER_FORCED TRUE)
endforeach()
