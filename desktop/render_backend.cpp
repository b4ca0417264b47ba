// SPDX-License-Identifier: GPL-3.0-or-later
#include "render_backend.h"

#include <QtCore/QDir>
#include <QtCore/QLibrary>
#include <QtGui/QColor>
#include <QtGui/QGuiApplication>
#include <QtGui/QOffscreenSurface>
#include <QtGui/QOpenGLContext>
#include <QtGui/QOpenGLFunctions>
#include <QtGui/QWindow>
#include <QtQuick/QQuickWindow>
#include <QtQuick/QSGRendererInterface>

#include <algorithm>
#include <array>
#include <cstdint>

namespace millrace::desktop {
namespace {

/// Without one of these there is no graphics driver, and asking OpenGL would only load Mesa's software renderer, which
/// stays in memory.
bool hasRenderNode()
{
    const QDir nodes(QStringLiteral("/dev/dri"));
    const auto found = nodes.entryInfoList({QStringLiteral("renderD*")}, QDir::System);
    const QFileInfo nvidia(QStringLiteral("/dev/nvidiactl"));
    return nvidia.exists() ||
           std::any_of(found.begin(), found.end(), [](const QFileInfo& node) { return node.isReadable(); });
}

QString openGlRenderer()
{
    QOpenGLContext context;
    if (!context.create()) return {};
    QOffscreenSurface surface;
    surface.setFormat(context.format());
    surface.create();
    if (!context.makeCurrent(&surface)) return {};
    const auto* name = reinterpret_cast<const char*>(context.functions()->glGetString(GL_RENDERER));
    const QString renderer = QString::fromLatin1(name ? name : "");
    context.doneCurrent();
    return renderer;
}

}  // namespace

bool isSoftwareRenderer(const QString& renderer)
{
    static constexpr std::array kNames = {"llvmpipe",    "softpipe", "swrast", "software rasterizer",
                                          "swiftshader", "lavapipe"};
    return renderer.isEmpty() || std::any_of(kNames.begin(), kNames.end(), [&](const char* name) {
               return renderer.contains(QLatin1String(name), Qt::CaseInsensitive);
           });
}

void chooseRenderBackend()
{
    for (const char* name : {"QT_QUICK_BACKEND", "QSG_RHI_BACKEND", "QMLSCENE_DEVICE"}) {
        if (qEnvironmentVariableIsSet(name)) return;
    }
    if (hasRenderNode() && !isSoftwareRenderer(openGlRenderer())) return;
    QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
}

void setBackgroundOfWindow(QWindow& window, const QColor& color)
{
    auto* x11 = qGuiApp->nativeInterface<QNativeInterface::QX11Application>();
    if (!x11 || !x11->connection() || !window.handle()) return;
    // One call of a library that the platform plugin has loaded anyway.
    using Change = std::uint32_t (*)(xcb_connection_t*, std::uint32_t, std::uint32_t, const void*);
    static const auto change =
        reinterpret_cast<Change>(QLibrary::resolve(QStringLiteral("xcb"), 1, "xcb_change_window_attributes"));
    if (!change) return;
    constexpr std::uint32_t kBackPixel = 2;  // XCB_CW_BACK_PIXEL
    const std::uint32_t pixel = color.rgba();
    change(x11->connection(), static_cast<std::uint32_t>(window.winId()), kBackPixel, &pixel);
}

}  // namespace millrace::desktop
