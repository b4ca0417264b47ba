// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/window_geometry.h"

#include <algorithm>

namespace millrace::desktop {
namespace {

// So much of a window has to be on a screen, or it could not be moved.
constexpr int kReachable = 120;

QSize fitted(const QSize& size, const QSize& least, const QRect& screen, const QSize& frame)
{
    return size.boundedTo(screen.size() - frame).expandedTo(least);
}

}  // namespace

WindowGeometry openingGeometry(const QRect& kept, const QSize& wanted, const QSize& least, const QList<QRect>& screens,
                               const QSize& frame)
{
    if (screens.isEmpty()) return {QRect(QPoint(), wanted.expandedTo(least)), false};
    if (kept.width() >= least.width() && kept.height() >= least.height()) {
        for (const QRect& screen : screens) {
            const QRect seen = kept & screen;
            if (seen.width() < kReachable || seen.height() < kReachable) continue;
            const QSize size = fitted(kept.size(), least, screen, frame);
            QPoint at = kept.topLeft();
            at.setX(std::max(screen.left(), std::min(at.x(), screen.right() + 1 - size.width())));
            at.setY(std::max(screen.top(), std::min(at.y(), screen.bottom() + 1 - size.height())));
            return {QRect(at, size), true};
        }
        return {QRect(QPoint(), fitted(kept.size(), least, screens.first(), frame)), false};
    }
    return {QRect(QPoint(), fitted(wanted, least, screens.first(), frame)), false};
}

}  // namespace millrace::desktop
