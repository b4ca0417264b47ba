// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

QT_FORWARD_DECLARE_CLASS(QWindow)
QT_FORWARD_DECLARE_CLASS(QColor)

/// How the window is drawn. To be settled before the first window is made.
namespace millrace::desktop {

/// Whether a renderer, as OpenGL names it, draws on the CPU.
bool isSoftwareRenderer(const QString& renderer);

/// Takes the software scene graph where OpenGL would be drawn by the CPU as well: a third of the work and half the
/// memory, with the same look. What the environment sets (QT_QUICK_BACKEND, QSG_RHI_BACKEND) is left alone.
void chooseRenderBackend();

/// On X11, what the window server shows of `window` until the first frame: that colour, not black. Call it between
/// create() and show(); elsewhere it does nothing.
void setBackgroundOfWindow(QWindow& window, const QColor& color);

}  // namespace millrace::desktop
