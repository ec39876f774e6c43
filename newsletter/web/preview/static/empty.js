// No issue yet: the first one that is saved opens by itself.
import { follow } from "./live.js";

let first = null;
follow((generation) => {
  if (first !== null && generation !== first) location.reload();
  first ??= generation;
});
