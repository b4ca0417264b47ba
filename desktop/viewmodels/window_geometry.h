// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QList>
#include <QtCore/QRect>
#include <QtCore/QSize>

namespace millrace::desktop {

/// Where a window opens. Pure core.
struct WindowGeometry {
    QRect rect;           ///< without the frame
    bool placed = false;  ///< false: the position is the window manager's choice
};

/// As it was left (`kept`), where that is still on a screen, else of the wanted size; never larger than what the screen
/// leaves beside panels and the window's own frame (`frame`), never smaller than `least`.
/// `screens`: what each leaves to windows; the first is the primary one.
WindowGeometry openingGeometry(const QRect& kept, const QSize& wanted, const QSize& least, const QList<QRect>& screens,
                               const QSize& frame);

}  // namespace millrace::desktop
