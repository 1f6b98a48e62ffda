"""The slice view: three linked panels on a canvas, driven in the browser without reruns.

`payload` turns a `Study` and a `Prediction` into bytes (NumPy only), `component` shows them
in a Streamlit page. The browser's side is `shelf.js` (takes the bytes in), `contrasts.js`
(which of them is shown, and how grey), `place.js` (where on the panel), `draw.js` (how a slice
becomes a picture), `painter.js` (all that a panel shows), `words.js` (what is said of it),
`controls.js` (hands and keys) and `viewer.js` (holds them together).
"""
