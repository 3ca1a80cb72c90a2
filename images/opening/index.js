window.OPENING = {
 "class": "edd4efb5a351e819",
 "neuron": "c311a1ad6a454735",
 "works": [
  {
   "crop": "images/opening/lady-with-a-parakeet.jpg",
   "artist": "",
   "title": "Untitled (Lady with a Parakeet)",
   "rights": "Art Institute of Chicago, CC0"
  },
  {
   "crop": "images/opening/young-girl-with-hat.jpg",
   "artist": "Berthe Morisot",
   "title": "Young Girl with Hat",
   "rights": "Art Institute of Chicago, CC0"
  },
  {
   "crop": "images/opening/two-sisters.jpg",
   "artist": "Pierre-Auguste Renoir",
   "title": "Two Sisters (On the Terrace)",
   "rights": "Art Institute of Chicago, CC0"
  },
  {
   "crop": "images/opening/young-peasant.jpg",
   "artist": "Camille Pissarro",
   "title": "Young Peasant Having Her Coffee",
   "rights": "Art Institute of Chicago, CC0"
  }
 ]
};
