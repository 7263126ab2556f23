@echo off
rem Installs siting into the folder "env" beside this script. Needs Python; no network, no rights.
setlocal
cd /d "%~dp0"
set PYTHONUTF8=1
set python=python
where py >nul 2>nul && set python=py -3
%python% -m venv env || goto failed
env\Scripts\python.exe -m pip install --quiet --disable-pip-version-check --no-index --find-links wheels "siting[serve]" || goto failed
echo Installed. Start the page with what-if.bat
exit /b 0
:failed
echo Not installed: see the message above. The zip's name says which version of Python it is for.
pause
exit /b 1
