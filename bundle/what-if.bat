@echo off
rem Opens the what-if page of an instance folder; drop one on this file, or take the example.
setlocal
set PYTHONUTF8=1
set source=%~1
if "%source%"=="" set source=%~dp0example
cd /d "%~dp0"
env\Scripts\python.exe -m siting serve "%source%"
if errorlevel 1 pause
